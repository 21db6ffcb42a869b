// SPDX-License-Identifier: MIT
/*
 * Control messages of sockets: open files and credentials beside the bytes.
 */
#ifndef NET_SCM_H
#define NET_SCM_H

#include "kernel/lib/types.h"
#include "net/socket.h"

struct file;
struct user_counts;

#define SCM_RIGHTS	1
#define SCM_CREDENTIALS 2

#define SCM_MAX_FD 253

/* Open files under way, each with a reference. */
struct scm_fds {
	int count;
	struct user_counts *user;	/* who has them under way, counted; NULL: they are not in a message */
	struct file *file[SCM_MAX_FD];
};

/* What goes beside one message. */
struct scm_cookie {
	struct scm_fds *fds;		/* owned; NULL: none */
	bool has_creds;
	struct ucred creds;
};

/* Reads the control data of @msg, checking what it claims; files pass through AF_UNIX only. On an error there is nothing to free. May sleep. */
int scm_send(const struct socket *sock, const struct socket_msg *msg, struct scm_cookie *scm);
/* Hands @scm to the receiver: fills its control buffer, sets MSG_CTRUNC in msg->flags, and frees @scm. May sleep. */
void scm_recv(const struct socket *sock, struct socket_msg *msg, struct scm_cookie *scm);
/* Drops what was not handed on. NULL is fine. */
void scm_free_fds(struct scm_fds *fds);
/* One control message to the receiver. What does not fit is cut off and MSG_CTRUNC says so. */
void put_cmsg(struct socket_msg *msg, int level, int type, const void *data, size_t len);
/* The calling task's own. */
void scm_own_creds(struct ucred *creds);

#endif
