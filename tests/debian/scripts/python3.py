"""Python: files, processes, threads, sockets, mappings, asynchronous I/O; prints the same everywhere."""
import array, asyncio, collections, concurrent.futures, contextlib, ctypes, errno, fcntl, glob, hashlib, json, mmap, multiprocessing
import os, pathlib, queue, random, re, select, selectors, shutil, signal, socket, sqlite3, stat, struct, subprocess, sys, tempfile
import threading, time, zlib


def section(name):
    print(f"== {name}", flush=True)


def files():
    section("files")
    os.makedirs("d/e/f")
    pathlib.Path("d/text").write_text("".join(f"line {i}\n" for i in range(20000)))
    with open("d/text", "r+b") as file:
        file.seek(1000)
        print(file.readline(), file.tell())
        file.seek(-20, os.SEEK_END)
        print(file.read())
        file.truncate(5000)
    print(os.stat("d/text").st_size, oct(os.stat("d/text").st_mode))
    fd = os.open("d/raw", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
    print(os.write(fd, b"0123456789"), os.pwrite(fd, b"XY", 4), os.pread(fd, 4, 3), os.writev(fd, [b"ab", b"cd"]),
          os.preadv(fd, [bytearray(3)], 8))
    os.posix_fallocate(fd, 0, 100000)
    print(os.fstat(fd).st_size, os.lseek(fd, 0, os.SEEK_DATA), os.sendfile(fd, fd, 0, 0))
    os.fsync(fd)
    os.fdatasync(fd)
    os.close(fd)
    os.link("d/raw", "d/hard")
    os.symlink("raw", "d/soft")
    os.rename("d/hard", "d/harder")
    os.replace("d/harder", "d/again")
    os.utime("d/raw", ns=(10**18 + 7, 10**18 + 9))
    os.chmod("d/raw", 0o4711)
    status = os.lstat("d/raw")
    print(status.st_nlink, status.st_mtime_ns - 10**18, stat.filemode(status.st_mode), os.readlink("d/soft"))
    print(sorted(entry.name for entry in os.scandir("d") if entry.is_file(follow_symlinks=False)),
          sorted(glob.glob("d/**", recursive=True)))
    for wrong, action in (("nowhere", lambda: open("nowhere")), ("a directory", lambda: open("d", "w")), ("exists", lambda: os.mkdir("d")),
                          ("not empty", lambda: os.rmdir("d")), ("a loop", lambda: (os.symlink("l", "l"), open("l"))),
                          ("bad fd", lambda: os.read(999, 1)),
                          ("long name", lambda: open("x" * 300)), ("not a directory", lambda: os.stat("d/raw/x")),
                          ("cross", lambda: os.rename("d", "d/e/g"))):
        try:
            action()
        except OSError as error:
            print(wrong, errno.errorcode[error.errno])
    os.mkfifo("d/fifo")
    print(stat.S_ISFIFO(os.stat("d/fifo").st_mode), os.access("d/raw", os.W_OK), os.statvfs(".").f_namemax)
    with contextlib.suppress(FileExistsError):
        shutil.copytree("d/e", "d2")
    shutil.copy2("d/raw", "copy")
    print(os.path.getsize("copy"), os.stat("copy").st_mtime_ns == status.st_mtime_ns)
    shutil.make_archive("arch", "gztar", "d/e")
    shutil.rmtree("d2")
    print(os.path.exists("arch.tar.gz"), os.path.exists("d2"))
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile() as file:
        file.write(b"x" * 100)
        print(os.listdir(directory), file.tell())
    dirfd = os.open("d", os.O_DIRECTORY)
    print(os.stat("raw", dir_fd=dirfd).st_size, sorted(os.listdir(dirfd)))
    os.close(dirfd)
    print(sum(len(names) for _, _, names in os.walk("d")), os.get_blocking(0), os.path.realpath("d/soft") == os.path.realpath("d/raw"))
    try:
        os.setxattr("copy", "user.colour", b"blue")
        print(os.getxattr("copy", "user.colour"), os.listxattr("copy"))
    except OSError as error:
        print("xattr", errno.errorcode[error.errno])
    with open("d/lock", "w") as one, open("d/lock", "w") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("locked")
        fcntl.lockf(one, fcntl.LOCK_EX, 10, 5)
        print(fcntl.fcntl(one, fcntl.F_GETFD), fcntl.fcntl(one, fcntl.F_GETFL) & os.O_ACCMODE)


def processes():
    section("processes")
    print(subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input=b"in\n", capture_output=True))
    print(subprocess.check_output("seq 1 5 | tac", shell=True, text=True).split(), subprocess.call(["false"]))
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        print(child.communicate(b"x" * 200000)[0] == b"x" * 200000)
    child = subprocess.Popen(["sleep", "60"])
    child.terminate()
    print(child.wait())
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    os.killpg(child.pid, signal.SIGKILL)
    print(child.wait())
    try:
        subprocess.run(["sleep", "60"], timeout=0.3)
    except subprocess.TimeoutExpired:
        print("timed out")
    try:
        subprocess.run(["/no/such/program"])
    except FileNotFoundError as error:
        print(error.strerror)
    pid = os.fork()
    if not pid:
        os._exit(9)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 11"], os.environ)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    pid = os.fork()
    if not pid:
        os.kill(os.getpid(), signal.SIGSTOP)
        signal.pause()
    print(os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1]))
    os.kill(pid, signal.SIGCONT)
    print(os.WIFCONTINUED(os.waitpid(pid, os.WCONTINUED)[1]))
    os.kill(pid, signal.SIGTERM)
    print(os.wait()[1])
    pid = os.fork()
    if not pid:
        os._exit(5)
    info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    print(info.si_code == os.CLD_EXITED, info.si_status, os.waitpid(pid, 0)[1] >> 8)
    try:
        os.wait()
    except ChildProcessError:
        print("no children")
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(write, 1)
        os.execvp("echo", ["echo", "exec in the child"])
    os.close(write)
    print(os.read(read, 100))
    os.waitpid(pid, 0)
    print(os.getpgid(0) == os.getpgrp(), os.getsid(0) > 0, os.nice(0), os.umask(0o22),
          len(os.sched_getaffinity(0)) > 0, os.getuid(), os.getgroups() != 1)
    private = [0]
    shared = mmap.mmap(-1, 4096)
    pid = os.fork()
    if not pid:
        private[0] = 1
        shared[0] = 77
        os._exit(0)
    os.waitpid(pid, 0)
    print(private, shared[0])
    with multiprocessing.Pool(3) as pool:
        print(sum(pool.map(abs, range(-1000, 0))))
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(hex, range(5))))


def signals():
    section("signals")
    seen = []
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(0.01)
    print([int(number) for number in seen])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    os.kill(os.getpid(), signal.SIGUSR2)
    print(signal.sigpending() == {signal.SIGUSR2}, signal.sigwait([signal.SIGUSR2]) == signal.SIGUSR2)
    print(signal.sigtimedwait([signal.SIGUSR2], 0.05))
    signal.signal(signal.SIGALRM, lambda *_: seen.append("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    signal.pause()
    print(seen[-1])
    pid = os.fork()
    if not pid:
        ctypes.string_at(0)
    print(os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGSEGV)
    with open("short", "wb") as file:
        file.write(b"x" * 8192)
    pid = os.fork()
    if not pid:
        with open("short", "r+b") as file:
            mapping = mmap.mmap(file.fileno(), 8192)
            file.truncate(0)
            mapping[5000]
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGBUS)


def threads():
    section("threads")
    work, results, lock, total = queue.Queue(), queue.Queue(), threading.Lock(), [0]

    def worker():
        while (item := work.get()) is not None:
            results.put(item * item)
            with lock:
                total[0] += item
    crew = [threading.Thread(target=worker) for _ in range(8)]
    for thread in crew: thread.start()
    for i in range(2000): work.put(i)
    for _ in crew: work.put(None)
    for thread in crew: thread.join()
    print(total[0], sum(results.queue), threading.active_count())
    barrier, order = threading.Barrier(4), []
    crew = [threading.Thread(target=lambda: (barrier.wait(), order.append(1))) for _ in range(4)]
    for thread in crew: thread.start()
    for thread in crew: thread.join()
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    print(len(order), event.wait(20), threading.Semaphore(0).acquire(timeout=0.05))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print(sum(pool.map(lambda n: zlib.crc32(bytes(n)), range(200))))


def sockets():
    section("sockets")
    one, two = socket.socketpair()
    one.send(b"hello")
    print(two.recv(10))
    one.shutdown(socket.SHUT_WR)
    print(two.recv(10))
    two.close()
    server = socket.socket(socket.AF_UNIX)
    server.bind("server")
    server.listen()

    def serve():
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(65536): connection.sendall(data.upper())
    thread = threading.Thread(target=serve)
    thread.start()
    client = socket.socket(socket.AF_UNIX)
    client.connect("server")
    sent = b"abc" * 100000
    threading.Thread(target=lambda: (client.sendall(sent), client.shutdown(socket.SHUT_WR))).start()
    got = b""
    while data := client.recv(65536): got += data
    print(got == sent.upper(), client.getpeername())
    thread.join()
    client.close()
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.send(b"one")
    left.send(b"two")
    print(right.recv(10), right.recv(10))
    read, write = os.pipe()
    socket.send_fds(left, [b"fd"], [write])
    _, fds, _, _ = socket.recv_fds(right, 10, 1)
    os.write(fds[0], b"through a passed descriptor")
    print(os.read(read, 100))
    poller = select.poll()
    poller.register(read, select.POLLIN)
    print(poller.poll(10))
    os.write(write, b"y")
    print(len(poller.poll(1000)), select.select([read], [write], [], 1) == ([read], [write], []))
    epoll = select.epoll()
    epoll.register(read, select.EPOLLIN | select.EPOLLET)
    print(len(epoll.poll(1)), len(epoll.poll(0.05)))
    selector = selectors.DefaultSelector()
    selector.register(read, selectors.EVENT_READ)
    print(len(selector.select(1)))

    async def main():
        async def echo(reader, writer):
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()
        async with await asyncio.start_unix_server(echo, "async"):
            async def ask(n):
                reader, writer = await asyncio.open_unix_connection("async")
                writer.write(f"question {n}\n".encode())
                line = await reader.readline()
                writer.close()
                return line
            print(await asyncio.gather(*(ask(n) for n in range(5))))
        process = await asyncio.create_subprocess_exec("tr", "a-z", "A-Z", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        print((await process.communicate(b"through a child"))[0], process.returncode)
        try: await asyncio.wait_for(asyncio.sleep(60), 0.05)
        except asyncio.TimeoutError: print("async timeout")
    asyncio.run(main())


def memory():
    section("memory")
    with open("mapped", "wb") as file: file.truncate(1 << 20)
    with open("mapped", "r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
        mapping[5000:5005] = b"hello"
        mapping.flush()
        mapping.resize(2 << 20)
        mapping[-1] = 1
        print(mapping.find(b"hello"), len(mapping))
    print(os.path.getsize("mapped"), pathlib.Path("mapped").read_bytes()[5000:5005])
    anonymous = mmap.mmap(-1, 16 << 20)
    anonymous[::4096] = b"z" * 4096
    print(anonymous[:: 4096].count(b"z"))
    anonymous.madvise(mmap.MADV_DONTNEED)
    print(anonymous[4096])
    fd = os.memfd_create("name")
    os.write(fd, b"memory file")
    print(os.pread(fd, 20, 0))
    numbers = array.array("d", range(1000000))
    print(sum(numbers))
    block = bytearray(50 << 20)
    block[::4096] = b"1" * (len(block) // 4096)
    print(block.count(b"1"))
    libc = ctypes.CDLL(None, use_errno=True)
    print(libc.abs(-5), ctypes.sizeof(ctypes.c_long), libc.close(-1), errno.errorcode[ctypes.get_errno()])


def library():
    section("library")
    database = sqlite3.connect("data.db")
    database.execute("create table t(a integer primary key, b)")
    database.executemany("insert into t(b) values(?)", ((str(i * 37 % 1000),) for i in range(5000)))
    database.commit()
    print(database.execute("select count(*), count(distinct b), max(b) from t").fetchall(),
          database.execute("pragma integrity_check").fetchone())
    database.close()
    random.seed(42)
    print([random.randrange(100) for _ in range(5)], hashlib.sha256(b"x").hexdigest()[:16], zlib.adler32(b"abc"),
          struct.pack("<IHb", 1, 2, -3))
    print(json.dumps(collections.OrderedDict(a=[1, 2.5, None], b={"c": True})), re.findall(r"(\w)(\d)", "a1 b2"),
          collections.Counter("mississippi").most_common(2), time.gmtime(86400).tm_mday, len(os.urandom(16)), sys.getrecursionlimit(),
          os.uname().sysname, os.cpu_count() > 0)
    start = time.monotonic()
    time.sleep(0.05)
    print(time.monotonic() - start >= 0.05, time.time() > 0, time.process_time() >= 0, time.clock_getres(time.CLOCK_MONOTONIC) < 1)


if __name__ == "__main__":
    for part in (files, processes, signals, threads, sockets, memory, library):
        part()
    section("end")
