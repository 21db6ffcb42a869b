// SPDX-License-Identifier: MIT
/*
 * Between the files with the system calls on sockets.
 */
#ifndef NET_SOCKET_INTERNAL_H
#define NET_SOCKET_INTERNAL_H

#include "fs/fdtable.h"
#include "net/socket.h"

/* The socket behind a descriptor, its file held until fdput(*f); NULL with *err: -EBADF, -ENOTSOCK. */
struct socket *sockfd_lookup(int fd, struct fd *f, int *err);

#endif
