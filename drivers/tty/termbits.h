/* SPDX-License-Identifier: MIT */
/* termbits.h - terminal modes and requests, with the numbers of the Linux x86-64 ABI. */
#ifndef DRIVERS_TTY_TERMBITS_H
#define DRIVERS_TTY_TERMBITS_H

/* c_cc */
#define VINTR	 0
#define VQUIT	 1
#define VERASE	 2
#define VKILL	 3
#define VEOF	 4
#define VTIME	 5
#define VMIN	 6
#define VSTART	 8
#define VSTOP	 9
#define VSUSP	 10
#define VEOL	 11
#define VREPRINT 12
#define VDISCARD 13
#define VWERASE	 14
#define VLNEXT	 15
#define VEOL2	 16

/* c_iflag */
#define ISTRIP 0000040
#define INLCR  0000100
#define IGNCR  0000200
#define ICRNL  0000400
#define IXON   0002000
#define IXANY  0004000
#define IMAXBEL 0020000
#define IUTF8  0040000

/* c_oflag */
#define OPOST 0000001
#define ONLCR 0000004
#define OCRNL 0000010
#define ONOCR 0000020
#define ONLRET 0000040
#define TABDLY 0014000
#define XTABS 0014000

/* c_cflag */
#define CBAUD  0010017
#define CBAUDEX 0010000
#define BOTHER 0010000
#define B38400 0000017
#define CS8    0000060
#define CREAD  0000200
#define HUPCL  0002000

/* c_lflag */
#define ISIG	0000001
#define ICANON	0000002
#define ECHO	0000010
#define ECHOE	0000020
#define ECHOK	0000040
#define ECHONL	0000100
#define NOFLSH	0000200
#define TOSTOP	0000400
#define ECHOCTL 0001000
#define ECHOKE	0004000
#define IEXTEN	0100000

/* ioctls */
#define TCGETS	   0x5401
#define TCSETS	   0x5402
#define TCSETSW	   0x5403
#define TCSETSF	   0x5404
#define TCGETA	   0x5405
#define TCSETA	   0x5406
#define TCSETAW	   0x5407
#define TCSETAF	   0x5408
#define TCSBRK	   0x5409
#define TCXONC	   0x540a
#define TCFLSH	   0x540b
#define TIOCSCTTY  0x540e
#define TIOCGPGRP  0x540f
#define TIOCSPGRP  0x5410
#define TIOCOUTQ   0x5411
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD   0x541b
#define TCSBRKP	   0x5425
#define TIOCEXCL   0x540c
#define TIOCNXCL   0x540d
#define TIOCSTI	   0x5412
#define TIOCMGET   0x5415
#define TIOCPKT	   0x5420
#define TIOCNOTTY  0x5422
#define TIOCSETD   0x5423
#define TIOCGETD   0x5424
#define TCGETS2	   0x802c542a
#define TCSETS2	   0x402c542b
#define TCSETSW2   0x402c542c
#define TCSETSF2   0x402c542d
#define TIOCGPTN   0x80045430
#define TIOCSPTLCK 0x40045431
#define TIOCSIG	   0x40045436
#define TIOCGPKT   0x80045438
#define TIOCGPTLCK 0x80045439
#define TIOCGEXCL  0x80045440
#define TIOCGPTPEER 0x5441
#define TIOCGLCKTRMIOS 0x5456
#define TIOCSLCKTRMIOS 0x5457
#define TIOCGSID   0x5429

/* TCXONC */
#define TCOOFF 0
#define TCOON  1
#define TCIOFF 2
#define TCION  3

/* TCFLSH */
#define TCIFLUSH  0
#define TCOFLUSH  1
#define TCIOFLUSH 2

/* TIOCMGET */
#define TIOCM_DTR 0x002
#define TIOCM_RTS 0x004
#define TIOCM_CTS 0x020
#define TIOCM_CAR 0x040
#define TIOCM_RNG 0x080
#define TIOCM_DSR 0x100

/* TIOCPKT: the first byte of what the master reads */
#define TIOCPKT_DATA	   0
#define TIOCPKT_FLUSHREAD  1
#define TIOCPKT_FLUSHWRITE 2
#define TIOCPKT_STOP	   4
#define TIOCPKT_START	   8
#define TIOCPKT_NOSTOP	   16
#define TIOCPKT_DOSTOP	   32

#endif
