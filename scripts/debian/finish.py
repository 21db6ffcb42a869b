# SPDX-License-Identifier: MIT
"""What the maintainer scripts would have made of an unpacked tree, as far as programs look for it.

Nothing of the packages is run. The steps are few enough to be written down: users and groups, the names that alternatives
give, the loader's cache, a handful of files in /etc, a home for root, and the empty directories that the kernel mounts over.
"""
import os
import shutil
import subprocess

EMPTY = {"dev": 0o755, "proc": 0o555, "sys": 0o555, "run": 0o755, "tmp": 0o1777, "home": 0o755, "mnt": 0o755, "root": 0o700,
         "var/tmp": 0o1777, "var/log": 0o755, "work": 0o755}

# link: targets, the first that there is; in a Debian they go through /etc/alternatives
ALTERNATIVES = {"usr/bin/awk": ("gawk", "mawk"), "usr/bin/nawk": ("gawk", "mawk"), "usr/bin/pager": ("less", "more"), "usr/bin/sh": ("dash",)}

FILES = {
    "etc/hostname": "rowlock\n",
    "etc/hosts": "127.0.0.1\tlocalhost rowlock\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n",
    "etc/shells": "/bin/sh\n/bin/dash\n/bin/bash\n",
    "etc/fstab": "/dev/vda / ext2 defaults 0 1\n",
    "etc/profile": "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PATH\n"
                   "if [ \"${PS1-}\" ] && [ \"${BASH-}\" ] && [ -f /etc/bash.bashrc ]; then . /etc/bash.bashrc; fi\n",
    "root/.bashrc": "PS1='\\u@rowlock:\\w\\$ '\nHISTFILE=/root/.bash_history\nalias ls='ls --color=auto' ll='ls -l'\n",
    "root/.profile": "[ -n \"$BASH\" ] && . /root/.bashrc\n",
}


def lay_links(root):
    """Before unpacking: a Debian's /bin, /sbin and /lib* are links into /usr, /var/run is /run; packages' files go through them."""
    for name in ("bin", "sbin", "lib", "lib64", "lib32", "libx32"):
        os.makedirs(f"{root}/usr/{name}", exist_ok=True)
        os.symlink(f"usr/{name}", f"{root}/{name}")
    os.makedirs(f"{root}/run/lock")
    os.makedirs(f"{root}/var")
    os.symlink("../run", f"{root}/var/run")
    os.symlink("../run/lock", f"{root}/var/lock")


def link(root, name, target):
    path = f"{root}/{name}"
    if os.path.lexists(path):
        os.unlink(path)
    os.symlink(target, path)


def loader_cache(root):
    ldconfig = shutil.which("ldconfig", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")
    if not ldconfig:
        raise SystemExit("debian: ldconfig is missing (package libc-bin)")
    subprocess.run([ldconfig, "-r", root, "-X"], check=True)


def finish(root):
    for name, mode in EMPTY.items():
        os.makedirs(f"{root}/{name}", exist_ok=True)
        os.chmod(f"{root}/{name}", mode)
    for name in ("passwd", "group"):
        shutil.copyfile(f"{root}/usr/share/base-passwd/{name}.master", f"{root}/etc/{name}")
    for name, targets in ALTERNATIVES.items():
        there = [target for target in targets if os.path.exists(f"{root}/{os.path.dirname(name)}/{target}")]
        if there:
            link(root, name, there[0])
    for name, text in FILES.items():
        with open(f"{root}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    link(root, "etc/mtab", "../proc/self/mounts")
    loader_cache(root)
