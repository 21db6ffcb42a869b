# SPDX-License-Identifier: MIT
"""`make debian`: a root disk made of Debian packages, for running Debian's programs as they come.

    image.py [--build DIR] [--kind debian|small] [--list]

The packages named in the file `packages`, and what they depend on (resolve.py), are downloaded by name with apt-get, whose
checksums decide, unpacked below BUILD/KIND/tree, finished (finish.py) and put on an ext2 disk by mke2fs. No package's script
is run and root is not needed: who builds as another user gets the same disk, its files root's (own_all).

There are two kinds: `debian` with everything, and `small` for the tests of everyday, with the shells and their tools (packages-small).
BUILD/KIND/debian.img is kept as long as neither the packages' versions nor these scripts change. It is never given to a guest:
working_copy makes the disk of a run.
"""
import argparse
import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, ".."))
import filelock
import finish
import qemu
import resolve

SIZES_MIB = {"debian": 3072, "small": 384}
UNWANTED = ("./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*", "./usr/share/info/*", "./usr/share/lintian/*",
            "./usr/share/bug/*", "./usr/share/doc-base/*")


def directory(build, kind):
    return os.path.join(build, kind if kind == "debian" else f"debian-{kind}")


def list_file(kind):
    return "packages" if kind == "debian" else f"packages-{kind}"


def say(words):
    qemu.eprint(f"debian: {words}")


def file_name(fields):
    """What apt-get download calls a package's file."""
    return f"{fields['Package']}_{fields['Version'].replace(':', '%3a')}_{fields['Architecture']}.deb"


def checksum(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") \
            else hashlib.sha256(file.read()).hexdigest()


def download(folder, packages):
    """The .deb files, those that are not there yet fetched; [path], in the order of the alphabet."""
    debs = os.path.join(folder, "debs")
    os.makedirs(debs, exist_ok=True)
    want = {file_name(fields): fields for fields in packages.values()}
    for name in os.listdir(debs):
        if name not in want:
            os.unlink(f"{debs}/{name}")
    missing = [f"{fields['Package']}={fields['Version']}" for name, fields in want.items() if not os.path.exists(f"{debs}/{name}")]
    for at in range(0, len(missing), 20):
        say(f"downloading packages {at + 1} to {min(at + 20, len(missing))} of {len(missing)}")
        done = subprocess.run(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *missing[at:at + 20]], cwd=debs,
                              capture_output=True, text=True)
        if done.returncode:
            raise resolve.Stale(f"apt-get download failed: {done.stderr.strip()}")
    for name, fields in want.items():
        if checksum(f"{debs}/{name}") != fields["SHA256"]:
            os.unlink(f"{debs}/{name}")
            raise SystemExit(f"debian: {name} is not what the archive signed; it is removed: run this again")
    return [f"{debs}/{name}" for name in sorted(want)]


def unpack(folder, debs):
    """One tree of all packages, without documentation and translations."""
    root = os.path.join(folder, "tree")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    finish.lay_links(root)
    excludes = [f"--exclude={pattern}" for pattern in UNWANTED]
    for number, deb in enumerate(debs):
        if number % 40 == 0:
            say(f"unpacking {number + 1} of {len(debs)}")
        data = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-p", "--keep-directory-symlink", "--warning=no-timestamp", *excludes, "-C", root],
                       stdin=data.stdout, check=True)
        data.stdout.close()
        if data.wait():
            raise SystemExit(f"debian: dpkg-deb cannot read {deb}")
    finish.finish(root)
    return root


def own_all(image, root):
    """All inodes of the disk become root's: what a builder who is not root unpacked is the builder's."""
    names = ["/"]
    for folder, folders, files in os.walk(root):
        below = "/" + os.path.relpath(folder, root) if folder != root else ""
        names += [f"{below}/{name}" for name in folders + files]
    commands = "".join(f'sif "{name}" uid 0\nsif "{name}" gid 0\n' for name in names)
    done = subprocess.run([qemu.e2fs_tool("debugfs"), "-w", "-f", "-", image], input=commands, capture_output=True, text=True)
    wrong = [line for line in done.stderr.splitlines() if not line.startswith("debugfs ")]
    if done.returncode or wrong:
        raise SystemExit(f"debian: debugfs: {wrong[:3]}")


def make_image(root, image, size_mib):
    temporary = image + ".new"
    if os.path.exists(temporary):
        os.unlink(temporary)
    say(f"making {image} ({size_mib} MiB, sparse)")
    done = subprocess.run([qemu.e2fs_tool("mke2fs"), "-q", "-t", "ext2", "-b", "4096", "-L", "debian", "-E", "root_owner=0:0",
                           "-d", root, temporary, f"{size_mib}M"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"debian: mke2fs failed: {done.stderr.strip()}")
    if os.geteuid():
        own_all(temporary, root)
    clean, text = qemu.fsck(temporary)
    if not clean:
        raise SystemExit(f"debian: e2fsck does not accept the disk:\n{text}")
    os.replace(temporary, image)


def wanted_packages(kind):
    return resolve.closure(*resolve.read_list(os.path.join(HERE, list_file(kind))))


def stamp(kind, packages):
    """What the disk is made from: these scripts, and the packages with their versions."""
    digest = hashlib.sha256()
    for name in (list_file(kind), "finish.py", "image.py", "resolve.py"):
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    for name in sorted(packages):
        digest.update(f"{name} {packages[name]['Version']}\n".encode())
    return digest.hexdigest()


def read(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def disk(build, kind="debian", update=False):
    """The disk, made when there is none for these scripts; with `update` also when the archive has newer packages."""
    folder = directory(build, kind)
    with filelock.held(folder):
        if not update and os.path.exists(f"{folder}/debian.img") and read(f"{folder}/stamp")[:1] == [stamp(kind, {})]:
            return f"{folder}/debian.img"
        return resolve.with_fresh_lists(lambda: renew(folder, kind))


def renew(folder, kind):
    """The disk for what the archive has now; the one that is there if it is that."""
    image, note = f"{folder}/debian.img", f"{folder}/stamp"
    packages = wanted_packages(kind)
    now = [stamp(kind, {}), stamp(kind, packages)]
    if os.path.exists(image) and read(note) == now:
        return image
    say(f"{len(packages)} packages")
    debs = download(folder, packages)
    if os.path.exists(note):
        os.unlink(note)
    make_image(unpack(folder, debs), image, SIZES_MIB[kind])
    with open(note, "w", encoding="ascii") as file:
        file.write(" ".join(now) + "\n")
    return image


def working_copy(build, target, keep=False, kind="debian"):
    """A copy of the disk for a run; `keep` goes on with the one of the last run."""
    source = disk(build, kind)
    if keep and os.path.exists(target) and os.path.getmtime(target) >= os.path.getmtime(source):
        return target
    subprocess.run(["cp", "--reflink=auto", "--sparse=auto", source, target], check=True)
    return target


def main():
    parser = argparse.ArgumentParser(description="build the Debian root disk")
    parser.add_argument("--build", default="build")
    parser.add_argument("--kind", default="debian", choices=sorted(SIZES_MIB))
    parser.add_argument("--list", action="store_true", help="only print the packages and their versions")
    options = parser.parse_args()
    if options.list:
        for name, fields in sorted(resolve.with_fresh_lists(lambda: wanted_packages(options.kind)).items()):
            print(f"{int(fields.get('Installed-Size', 0)):8} KiB  {name} {fields['Version']}")
        return
    image = disk(options.build, options.kind, update=True)
    used = os.stat(image).st_blocks >> 11
    print(f"debian: {image}: {SIZES_MIB[options.kind]} MiB, {used} MiB of it in use")


if __name__ == "__main__":
    main()
