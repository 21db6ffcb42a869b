// SPDX-License-Identifier: MIT
/*
 * The family "nlctrl": which families there are, what their numbers are and what they can do.
 *
 * There are so few that a dump is made at once, in one datagram, and not bit by bit as the receiver reads it.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "net/netlink/genetlink.h"

#define CTRL_CMD_NEWFAMILY 1
#define CTRL_CMD_GETFAMILY 3

#define CTRL_ATTR_FAMILY_ID    1
#define CTRL_ATTR_FAMILY_NAME  2
#define CTRL_ATTR_VERSION      3
#define CTRL_ATTR_HDRSIZE      4
#define CTRL_ATTR_MAXATTR      5
#define CTRL_ATTR_OPS	       6
#define CTRL_ATTR_MCAST_GROUPS 7
#define CTRL_ATTR_MAX	       10

#define CTRL_ATTR_OP_ID		 1
#define CTRL_ATTR_OP_FLAGS	 2
#define CTRL_ATTR_MCAST_GRP_NAME 1
#define CTRL_ATTR_MCAST_GRP_ID	 2

#define FAMILY_SIZE 256	/* a description takes less */
#define MAX_FAMILIES 8

static void put_ops(struct nl_msg *msg, const struct genl_family *family)
{
	struct nlattr *list = nla_begin(msg, CTRL_ATTR_OPS), *one;

	for (unsigned int i = 0; i < family->nr_ops; i++) {
		one = nla_begin(msg, i + 1);
		nla_put_u32(msg, CTRL_ATTR_OP_ID, family->ops[i].cmd);
		nla_put_u32(msg, CTRL_ATTR_OP_FLAGS, family->ops[i].flags);
		nla_end(msg, one);
	}
	nla_end(msg, list);
}

static void put_group(struct nl_msg *msg, const struct genl_family *family)
{
	struct nlattr *list = nla_begin(msg, CTRL_ATTR_MCAST_GROUPS), *one = nla_begin(msg, 1);

	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, family->group_id);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, family->group);
	nla_end(msg, one);
	nla_end(msg, list);
}

static void describe(struct nl_msg *msg, const struct genl_info *info, const struct genl_family *family, u16 flags)
{
	struct nlmsghdr *hdr = genl_begin(msg, &genl_ctrl, info->msg->portid, info->hdr->nlmsg_seq, flags, CTRL_CMD_NEWFAMILY);

	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, family->name);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, family->id);
	nla_put_u32(msg, CTRL_ATTR_VERSION, family->version);
	nla_put_u32(msg, CTRL_ATTR_HDRSIZE, 0);
	nla_put_u32(msg, CTRL_ATTR_MAXATTR, family->maxattr);
	put_ops(msg, family);
	if (family->group)
		put_group(msg, family);
	nl_end(msg, hdr);
}

/* ---- one family ---- */

/* A name of fewer than GENL_NAMSIZ characters, which may end with the attribute. */
static int get_name(const struct nlattr *attr, char *name)
{
	int size = nla_size(attr), len;

	if (!size)
		return -ERANGE;
	len = strnlen(nla_data(attr), min(size, GENL_NAMSIZ));
	if (len == min(size, GENL_NAMSIZ))
		return -EINVAL;
	if (size > GENL_NAMSIZ)
		return -ERANGE;
	strscpy(name, nla_data(attr), GENL_NAMSIZ);
	return 0;
}

static bool matches(const struct genl_family *family, const struct nlattr *id, u16 number, const struct nlattr *name, const char *text)
{
	/* if both are given, the name counts */
	return name ? !strcmp(family->name, text) : id && family->id == number;
}

static int getfamily(struct genl_info *info)
{
	const struct nlattr *id = info->attrs[CTRL_ATTR_FAMILY_ID], *name = info->attrs[CTRL_ATTR_FAMILY_NAME];
	const struct genl_family *const *f;
	char text[GENL_NAMSIZ];
	struct nl_msg *msg;
	u16 number = 0;
	int err = 0;

	if (id)
		err = nla_get_u16(id, &number);
	if (!err && name)
		err = get_name(name, text);
	if (err)
		return err;
	if (!id && !name)
		return -EINVAL;
	for (f = genl_families; *f && !matches(*f, id, number, name, text); f++)
		;
	if (!*f)
		return -ENOENT;
	msg = nl_alloc(FAMILY_SIZE);
	if (!msg)
		return -ENOBUFS;
	describe(msg, info, *f, 0);
	return genl_reply(info, msg);
}

/* ---- all of them ---- */

static int dump_families(struct genl_info *info)
{
	struct nl_msg *list = nl_alloc(MAX_FAMILIES * FAMILY_SIZE), *end = nl_alloc(sizeof(struct nlmsghdr) + sizeof(int));
	struct nlmsghdr *hdr;
	int err;

	if (!list || !end) {
		if (list)
			nl_msg_put(list);
		if (end)
			nl_msg_put(end);
		return -ENOBUFS;
	}
	for (const struct genl_family *const *f = genl_families; *f; f++)
		describe(list, info, *f, NLM_F_MULTI);
	hdr = nl_begin(end, info->msg->portid, info->hdr->nlmsg_seq, NLMSG_DONE, NLM_F_MULTI);
	nl_append(end, sizeof(int));	/* how it went: 0 */
	nl_end(end, hdr);
	err = genl_reply(info, list);
	if (err)
		nl_msg_put(end);
	else
		err = genl_reply(info, end);
	return err ? err : NL_ANSWERED;
}

static const struct genl_op ctrl_ops[] = {
	{ CTRL_CMD_GETFAMILY, GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP | GENL_CMD_CAP_HASPOL, getfamily, dump_families },
};

/* Its group hears of families that come and go, which none does. */
const struct genl_family genl_ctrl = {
	.id = GENL_ID_CTRL,
	.name = "nlctrl",
	.version = 2,
	.maxattr = CTRL_ATTR_MAX,
	.ops = ctrl_ops,
	.nr_ops = ARRAY_SIZE(ctrl_ops),
	.group = "notify",
	.group_id = GENL_ID_CTRL,
};
