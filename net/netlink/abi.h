/* SPDX-License-Identifier: MIT */
/*
 * Netlink as programs see it: addresses, message and attribute headers, numbers (netlink(7)).
 */
#ifndef NET_NETLINK_ABI_H
#define NET_NETLINK_ABI_H

#include "kernel/lib/types.h"

#define NETLINK_USERSOCK  2
#define NETLINK_CONNECTOR 11
#define NETLINK_GENERIC	  16
#define NL_PROTOCOLS	  32

struct sockaddr_nl {
	u16 nl_family;
	u16 nl_pad;
	u32 nl_pid;	/* the port: 0 is the kernel */
	u32 nl_groups;	/* a mask */
};

struct nlmsghdr {
	u32 nlmsg_len;	/* with this header, without padding */
	u16 nlmsg_type;
	u16 nlmsg_flags;
	u32 nlmsg_seq;
	u32 nlmsg_pid;
};

#define NLM_F_REQUEST 0x1
#define NLM_F_MULTI   0x2
#define NLM_F_ACK     0x4
#define NLM_F_CAPPED  0x100	/* of an answer */
#define NLM_F_DUMP    0x300

#define NLMSG_ERROR    2
#define NLMSG_DONE     3
#define NLMSG_MIN_TYPE 0x10

/* both messages and attributes begin at multiples of four */
#define NL_ALIGN(len) (((len) + 3U) & ~3U)

struct nlmsgerr {
	int error;
	struct nlmsghdr msg;	/* of the request; its body follows unless NLM_F_CAPPED says that it does not */
};

struct nlattr {
	u16 nla_len;	/* with this header, without padding */
	u16 nla_type;
};

#define NLA_TYPE_MASK 0x3fff

#define SOL_NETLINK		 270
#define NETLINK_ADD_MEMBERSHIP	 1
#define NETLINK_DROP_MEMBERSHIP	 2
#define NETLINK_PKTINFO		 3
#define NETLINK_BROADCAST_ERROR	 4
#define NETLINK_NO_ENOBUFS	 5
#define NETLINK_LIST_MEMBERSHIPS 9
#define NETLINK_CAP_ACK		 10
#define NETLINK_EXT_ACK		 11
#define NETLINK_GET_STRICT_CHK	 12

/* generic netlink */
struct genlmsghdr {
	u8 cmd;
	u8 version;
	u16 reserved;
};

#define GENL_ID_CTRL	 NLMSG_MIN_TYPE
#define GENL_START_ALLOC (NLMSG_MIN_TYPE + 3)
#define GENL_NAMSIZ	 16

#define GENL_ADMIN_PERM	    0x1
#define GENL_CMD_CAP_DO	    0x2
#define GENL_CMD_CAP_DUMP   0x4
#define GENL_CMD_CAP_HASPOL 0x8

#endif
