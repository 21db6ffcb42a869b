/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_LIB_CRC32C_H
#define KERNEL_LIB_CRC32C_H

#include "kernel/lib/types.h"

/* Castagnoli CRC over @len bytes, continuing from @crc (start with ~0; no final inversion). */
u32 crc32c(u32 crc, const void *p, size_t len);
/* The IEEE polynomial, reflected, same conventions. */
u32 crc32_le(u32 crc, const void *p, size_t len);
/* CRC-16 (0x8005 reflected), used by ext group descriptors. */
u16 crc16(u16 crc, const void *p, size_t len);

#endif
