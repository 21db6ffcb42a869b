// SPDX-License-Identifier: MIT
/*
 * NETLINK_GENERIC: brings a request to the command of the family it names, by the rules that are the same for all.
 */
#include "net/netlink/genetlink.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/cred.h"

const struct genl_family *const genl_families[] = { &genl_ctrl, &genl_taskstats, NULL };

static const struct genl_family *find_family(u16 id)
{
	for (const struct genl_family *const *f = genl_families; *f; f++) {
		if ((*f)->id == id)
			return *f;
	}
	return NULL;
}

static const struct genl_op *find_op(const struct genl_family *family, u8 cmd)
{
	for (unsigned int i = 0; i < family->nr_ops; i++) {
		if (family->ops[i].cmd == cmd)
			return &family->ops[i];
	}
	return NULL;
}

static int handle(struct nl_sock *from, const struct nl_msg *msg, const struct nlmsghdr *hdr)
{
	const struct genlmsghdr *genl = (const struct genlmsghdr *)(hdr + 1);
	const struct genl_family *family = find_family(hdr->nlmsg_type);
	struct genl_info info = { .from = from, .msg = msg, .hdr = hdr };
	int (*fn)(struct genl_info *info);
	const struct genl_op *op;

	if (!family)
		return -ENOENT;
	if (hdr->nlmsg_len < sizeof(*hdr) + sizeof(*genl))
		return -EINVAL;
	op = find_op(family, genl->cmd);
	fn = !op ? NULL : (hdr->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP ? op->dumpit : op->doit;
	if (!fn)
		return -EOPNOTSUPP;
	if ((op->flags & GENL_ADMIN_PERM) && !nl_capable(from, msg, CAP_NET_ADMIN))
		return -EPERM;
	nla_parse(info.attrs, min_t(int, family->maxattr, GENL_MAX_ATTR), genl + 1, hdr->nlmsg_len - sizeof(*hdr) - sizeof(*genl));
	return fn(&info);
}

static void genl_input(struct nl_sock *from, const struct nl_msg *msg)
{
	nl_handle_requests(from, msg, handle);
}

struct nlmsghdr *genl_begin(struct nl_msg *msg, const struct genl_family *family, u32 portid, u32 seq, u16 flags, u8 cmd)
{
	struct nlmsghdr *hdr = nl_begin(msg, portid, seq, family->id, flags);
	struct genlmsghdr *genl = nl_append(msg, sizeof(*genl));

	if (genl) {
		genl->cmd = cmd;
		genl->version = family->version;
	}
	return hdr;
}

int genl_reply(const struct genl_info *info, struct nl_msg *msg)
{
	int err = msg->overflow ? -EMSGSIZE : nl_deliver(info->from, msg);

	nl_msg_put(msg);
	return err == -ENOBUFS ? -EAGAIN : err;
}

const struct nl_protocol nl_generic = {
	.number = NETLINK_GENERIC,
	.nonroot_recv = true,
	.input = genl_input,
	.release = taskstats_release,
};
