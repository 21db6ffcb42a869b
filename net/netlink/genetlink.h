/* SPDX-License-Identifier: MIT */
/*
 * NETLINK_GENERIC: families of commands that are found by name. They are constant from boot on.
 */
#ifndef NET_NETLINK_GENETLINK_H
#define NET_NETLINK_GENETLINK_H

#include "net/netlink/netlink.h"

#define GENL_MAX_ATTR 10	/* the highest of any family */

struct genl_info {
	struct nl_sock *from;
	const struct nl_msg *msg;
	const struct nlmsghdr *hdr;
	const struct nlattr *attrs[GENL_MAX_ATTR + 1];
};

struct genl_op {
	u8 cmd;
	u8 flags;	/* GENL_ADMIN_PERM, GENL_CMD_CAP_* */
	/* 0 or an error, or NL_ANSWERED. May sleep. NULL: only the other can be asked for. */
	int (*doit)(struct genl_info *info);
	int (*dumpit)(struct genl_info *info);
};

struct genl_family {
	u16 id;
	const char *name;
	u32 version, maxattr;
	const struct genl_op *ops;
	unsigned int nr_ops;
	const char *group;	/* its multicast group, NULL: none */
	u32 group_id;
};

/* Indexed by number, NULL after the last. */
extern const struct genl_family *const genl_families[];
extern const struct genl_family genl_ctrl, genl_taskstats;

/* A message of a family, for nl_end() like any other. */
struct nlmsghdr *genl_begin(struct nl_msg *msg, const struct genl_family *family, u32 portid, u32 seq, u16 flags, u8 cmd);
/* Hands @msg, which is given up, to who sent the request. 0 or an error; -EMSGSIZE: it overflowed. */
int genl_reply(const struct genl_info *info, struct nl_msg *msg);

/* taskstats.c: the socket is being closed. */
void taskstats_release(struct nl_sock *nl);

#endif
