// SPDX-License-Identifier: MIT
/*
 * Control messages of sockets, from and to the program.
 *
 * The layout is the ABI's: headers of 16 bytes (length with the header, level, type), each followed by its data and padded to 8 bytes.
 */
#include "net/scm.h"

#include "fs/fcntl.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "kernel/lib/err.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

struct cmsghdr {
	size_t cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

#define CMSG_ALIGN(len) (((len) + sizeof(long) - 1) & ~(sizeof(long) - 1))
#define CMSG_LEN(len)	(sizeof(struct cmsghdr) + (len))
#define CMSG_SPACE(len) (sizeof(struct cmsghdr) + CMSG_ALIGN(len))

void scm_own_creds(struct ucred *creds)
{
	creds->pid = current->tgid;
	creds->uid = current_uid();
	creds->gid = current_gid();
}

/* ---- open files ---- */

void scm_free_fds(struct scm_fds *fds)
{
	if (!fds)
		return;
	for (int i = 0; i < fds->count; i++)
		fput(fds->file[i]);
	kfree(fds);
}

/* Adds the files of one SCM_RIGHTS. */
static int add_fds(struct scm_cookie *scm, const int *fd, int count)
{
	if (count <= 0)
		return 0;
	if (count > SCM_MAX_FD)
		return -EINVAL;
	if (!scm->fds) {
		scm->fds = kmalloc(sizeof(*scm->fds), GFP_KERNEL);
		if (!scm->fds)
			return -ENOMEM;
		scm->fds->count = 0;
		scm->fds->user = NULL;
	}
	if (scm->fds->count + count > SCM_MAX_FD)
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		struct file *file = fget_raw(fd[i]);

		if (!file)
			return -EBADF;
		scm->fds->file[scm->fds->count++] = file;
	}
	return 0;
}

/* Nobody says to be whom it is not, unless it may become it. */
static int check_creds(const struct ucred *creds)
{
	const struct cred *cred = current_cred();
	bool there = true;

	if (creds->pid != current->tgid && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (creds->uid != cred->uid && creds->uid != cred->euid && creds->uid != cred->suid && !capable(CAP_SETUID))
		return -EPERM;
	if (creds->gid != cred->gid && creds->gid != cred->egid && creds->gid != cred->sgid && !capable(CAP_SETGID))
		return -EPERM;
	if (creds->pid != current->tgid) {
		rcu_read_lock();
		there = find_task_by_vpid(creds->pid) != NULL;
		rcu_read_unlock();
	}
	return there ? 0 : -ESRCH;
}

static int one_message(const struct socket *sock, const struct cmsghdr *cmsg, struct scm_cookie *scm)
{
	const void *data = cmsg + 1;
	int err;

	if (cmsg->cmsg_level != SOL_SOCKET)
		return 0;
	switch (cmsg->cmsg_type) {
	case SCM_RIGHTS:
		if (sock->ops->family != AF_UNIX)
			return -EINVAL;
		return add_fds(scm, data, (cmsg->cmsg_len - sizeof(*cmsg)) / sizeof(int));
	case SCM_CREDENTIALS:
		if (cmsg->cmsg_len != CMSG_LEN(sizeof(struct ucred)))
			return -EINVAL;
		memcpy(&scm->creds, data, sizeof(scm->creds));
		err = check_creds(&scm->creds);
		if (!err && (scm->creds.uid == (uid_t)-1 || scm->creds.gid == (gid_t)-1))
			err = -EINVAL;
		scm->has_creds = true;
		return err;
	}
	return -EINVAL;
}

int scm_send(const struct socket *sock, const struct socket_msg *msg, struct scm_cookie *scm)
{
	size_t at = 0, left;
	char *control;
	int err = 0;

	memset(scm, 0, sizeof(*scm));
	if (msg->controllen < sizeof(struct cmsghdr))
		return 0;
	control = kmalloc(msg->controllen, GFP_KERNEL);
	if (!control)
		return -ENOBUFS;
	if (copy_from_user(control, msg->control, msg->controllen))
		err = -EFAULT;
	while (!err && (left = msg->controllen - at) >= sizeof(struct cmsghdr)) {
		struct cmsghdr *cmsg = (struct cmsghdr *)(control + at);

		if (cmsg->cmsg_len < sizeof(*cmsg) || cmsg->cmsg_len > left)
			err = -EINVAL;
		else
			err = one_message(sock, cmsg, scm);
		if (err || CMSG_ALIGN(cmsg->cmsg_len) >= left)
			break;
		at += CMSG_ALIGN(cmsg->cmsg_len);
	}
	kfree(control);
	if (err) {
		scm_free_fds(scm->fds);
		scm->fds = NULL;
	} else if (scm->fds && !scm->fds->count) {
		kfree(scm->fds);
		scm->fds = NULL;
	}
	return err;
}

/* ---- to the receiver ---- */

void put_cmsg(struct socket_msg *msg, int level, int type, const void *data, size_t len)
{
	struct cmsghdr cmsg = { CMSG_LEN(len), level, type };
	size_t space;

	if (!msg->control || msg->controllen < sizeof(cmsg)) {
		msg->flags |= MSG_CTRUNC;
		return;
	}
	if (msg->controllen < cmsg.cmsg_len) {
		msg->flags |= MSG_CTRUNC;
		cmsg.cmsg_len = msg->controllen;
	}
	if (copy_to_user(msg->control, &cmsg, sizeof(cmsg)) ||
	    copy_to_user(msg->control + sizeof(cmsg), data, cmsg.cmsg_len - sizeof(cmsg)))
		return;		/* as on Linux, the message counts all the same */
	space = min_t(size_t, CMSG_SPACE(len), msg->controllen);
	msg->control += space;
	msg->controllen -= space;
}

/* Gives the program a descriptor for @file, its number stored at @where. */
static int install_fd(struct file *file, int __user *where, unsigned int flags)
{
	int fd = get_unused_fd_flags(flags & MSG_CMSG_CLOEXEC ? O_CLOEXEC : 0), err;

	if (fd < 0)
		return fd;
	err = put_user(fd, where);
	if (err) {
		put_unused_fd(fd);
		return err;
	}
	fd_install(fd, get_file(file));
	return 0;
}

static void put_fds(struct socket_msg *msg, const struct scm_fds *fds)
{
	struct cmsghdr cmsg = { 0, SOL_SOCKET, SCM_RIGHTS };
	int __user *where = msg->control + sizeof(cmsg);
	size_t room = 0, space;
	int done = 0;

	if (msg->control && msg->controllen > sizeof(cmsg))
		room = (msg->controllen - sizeof(cmsg)) / sizeof(int);
	while (done < fds->count && done < room && !install_fd(fds->file[done], where + done, msg->flags))
		done++;
	if (done < fds->count)
		msg->flags |= MSG_CTRUNC;
	if (!done)
		return;
	cmsg.cmsg_len = CMSG_LEN(done * sizeof(int));
	if (copy_to_user(msg->control, &cmsg, sizeof(cmsg)))
		return;
	space = min_t(size_t, CMSG_SPACE(done * sizeof(int)), msg->controllen);
	msg->control += space;
	msg->controllen -= space;
}

void scm_recv(const struct socket *sock, struct socket_msg *msg, struct scm_cookie *scm)
{
	if (READ_ONCE(sock->passcred)) {
		/* Sent before anybody wanted to know: from nobody. */
		if (!scm->has_creds)
			scm->creds = (struct ucred){ .pid = 0, .uid = 65534, .gid = 65534 };
		put_cmsg(msg, SOL_SOCKET, SCM_CREDENTIALS, &scm->creds, sizeof(scm->creds));
	}
	if (scm->fds) {
		put_fds(msg, scm->fds);
		scm_free_fds(scm->fds);
		scm->fds = NULL;
	}
}
