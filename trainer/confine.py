"""Confine this process, then become the program: `python -I -S confine.py CONFIG PROGRAM ARG…`, CONFIG being JSON, or @FILE.

Resource limits, death with the parent, no new privileges, a seccomp filter and, where no mount namespace hides the
file system, Landlock. Everything is asked of the kernel through ctypes, so that no compiler and no package is needed.
What cannot be had is an error: a process is never started with less confinement than was asked for.

CONFIG: {"limits": {"data": bytes, ...}, "seccomp": bool, "processes": bool,
         "landlock": null | {"read": [...], "list": [...], "write": [...], "device": [...]}}
"""

import ctypes
import errno
import json
import os
import platform
import resource
import select
import signal
import stat
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 4, 24, 38, 22
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture

# Access rights of Landlock, in the order of linux/landlock.h; the ABI that brought the later ones in comments.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15  # ABI 2, 3, 5
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

# System calls by architecture: x86_64, aarch64. None where the architecture has no such call.

# What Landlock has no right for, or none on older kernels: the modes, owners, times and lengths of the user's own files.
# Where a mount namespace hides these, nothing needs to be refused.
FILES = {
    "truncate": (76, 45),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
}
# Memory that belongs to no process: no limit counts it, and some of it outlives its maker.
MEMORY = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
}
CALLS = {
    "socket": (41, 198),
    "fork": (57, None),
    "vfork": (58, None),
    "clone": (56, 220),
    "clone3": (435, 435),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "ioctl": (16, 29),
    **FILES,
    **MEMORY,
}
# Never needed by a mixer: the network, other processes' memory, mounts and namespaces, leaving the process group.
REFUSED = [
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "add_key",
    "request_key",
    "keyctl",
    "socket",
    "setsid",
    "setpgid",
    "tkill",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
]
ARCH = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
KILL, ALLOW, REFUSE = 0x80000000, 0x7FFF0000, 0x00050000
CLONE_THREAD, CLONE_NEW_ANY = 0x00010000, 0x7E020080
TIOCSTI, TIOCLINUX = 0x5412, 0x541C


def check(result: int, what: str) -> int:
    """Raise OSError with the name of the step that the kernel refused."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def prctl(option: int, argument: int = 0, what: str = "prctl") -> None:
    zero = ctypes.c_ulong(0)
    check(libc.prctl(option, ctypes.c_ulong(argument), zero, zero, zero), what)


# ---------------------------------------------------------------- seccomp


def instruction(code: int, k: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, k)


def load(offset: int) -> bytes:
    return instruction(0x20, offset)


def equal(k: int, yes: int, no: int) -> bytes:
    return instruction(0x15, k, yes, no)


def any_bit(k: int, yes: int, no: int) -> bytes:
    return instruction(0x45, k, yes, no)


def give(verdict: int) -> bytes:
    return instruction(0x06, verdict)


def argument(index: int) -> int:
    """Offset of the low word of a system call's argument in struct seccomp_data (little-endian)."""
    return 16 + 8 * index


def filter_program(machine: str, processes: bool, pid: int, files: bool = False) -> bytes:
    """The BPF program: everything is allowed but network, other processes and the ways out of a sandbox.

    `processes`: may it start processes (compilers on a GPU machine do)? If not, only threads can be made, and signals
    reach none but itself, which holds also where no process namespace stands between it and its parent.
    `files`: are the user's own files in reach of calls that Landlock does not decide about?
    """
    column, arch = ARCH[machine]
    no_permission = give(REFUSE | errno.EPERM)
    program = [load(4), equal(arch, 1, 0), give(KILL), load(0)]
    if machine == "x86_64":  # the x32 calls carry this bit: a second door to everything below
        program += [instruction(0x35, 0x40000000, 0, 1), give(REFUSE | errno.ENOSYS)]

    def rule(name: str, *block: bytes) -> None:
        """`block` decides about the call and returns on every path; the call's number stays loaded for the next rule."""
        number = CALLS[name][column]
        if number is not None:
            program.extend([equal(number, 0, len(block)), *block])

    for name in [*REFUSED, *(FILES if files else []), *([] if processes else MEMORY)]:
        rule(name, no_permission)
    for name in ("io_uring_setup", "io_uring_enter", "io_uring_register", "clone3"):
        rule(name, give(REFUSE | errno.ENOSYS))  # clone3: the C library then uses clone, whose flags can be seen here
    for request in (TIOCSTI, TIOCLINUX):  # typing into the terminal it was started from
        rule("ioctl", load(argument(1)), equal(request, 0, 1), no_permission, load(0))
    # Not dumpable: then its memory and files could not be looked at from outside.
    rule(
        "prctl",
        load(argument(0)),
        equal(PR_SET_PDEATHSIG, 1, 0),
        equal(PR_SET_DUMPABLE, 0, 1),
        no_permission,
        give(ALLOW),
    )
    if processes:
        rule("clone", load(argument(0)), any_bit(CLONE_NEW_ANY, 0, 1), no_permission, give(ALLOW))
        rule("prlimit64", load(argument(0)), equal(0, 1, 0), no_permission, give(ALLOW))
    else:
        rule("fork", give(REFUSE | errno.EAGAIN))
        rule("vfork", give(REFUSE | errno.EAGAIN))
        rule("clone", load(argument(0)), any_bit(CLONE_THREAD, 1, 0), give(REFUSE | errno.EAGAIN), give(ALLOW))
        for name in ("kill", "tgkill"):
            rule(name, load(argument(0)), equal(pid, 1, 0), no_permission, give(ALLOW))
        rule("prlimit64", load(argument(0)), equal(0, 2, 0), equal(pid, 1, 0), no_permission, give(ALLOW))
    program.append(give(ALLOW))
    return b"".join(program)


def seccomp(processes: bool, files: bool) -> None:
    machine = platform.machine()
    if machine not in ARCH:
        raise OSError(errno.ENOSYS, f"no seccomp filter is written for {machine}")
    code = filter_program(machine, processes, os.getpid(), files)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    struct_fprog = ctypes.create_string_buffer(program, len(program))
    address = ctypes.c_ulong(ctypes.addressof(struct_fprog))
    zero = ctypes.c_ulong(0)
    check(libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), address, zero, zero), "seccomp")


# ---------------------------------------------------------------- Landlock


def landlock(rules: dict) -> None:
    """Allow the listed paths and nothing else: read and execute, list folders only, write, use as a device."""
    abi = check(libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1)), "Landlock")
    handled = (1 << 13) - 1
    handled |= REFER if abi >= 2 else 0
    handled |= TRUNCATE if abi >= 3 else 0
    handled |= IOCTL_DEV if abi >= 5 else 0
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    # File access; TCP bind and connect (ABI 4); abstract sockets and signals to the outside (ABI 6).
    attributes = struct.pack("QQQ", handled, 3, 3)[:size]
    buffer = ctypes.create_string_buffer(attributes, size)
    ruleset = check(libc.syscall(LANDLOCK_CREATE, buffer, ctypes.c_size_t(size), ctypes.c_uint(0)), "Landlock")
    rights = {
        "read": EXECUTE | READ_FILE | READ_DIR,
        "list": READ_DIR,
        "write": handled & ~EXECUTE & ~IOCTL_DEV,
        "device": READ_FILE | WRITE_FILE | IOCTL_DEV,
    }
    for kind, access in rights.items():
        for path in rules.get(kind, []):
            try:
                # Kept open across exec: a rule on /proc/<pid> holds only as long as the kernel keeps that inode.
                fd = os.open(path, os.O_PATH)
            except FileNotFoundError:
                continue
            allowed = access & handled
            if not os.path.isdir(path):
                allowed &= FILE_RIGHTS
            rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, fd), 12)
            check(
                libc.syscall(LANDLOCK_ADD, ruleset, ctypes.c_int(1), rule, ctypes.c_uint(0)),
                f"Landlock rule for {path}",
            )
            if path.startswith("/proc/"):
                os.set_inheritable(fd, True)
            else:
                os.close(fd)
    check(libc.syscall(LANDLOCK_RESTRICT, ruleset, ctypes.c_uint(0)), "Landlock")
    os.close(ruleset)


# ---------------------------------------------------------------- the way in


def drop_capabilities() -> None:
    """Root without its powers: an ordinary owner of root's files, which the other rules then keep out of reach."""
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0), 8)
    check(libc.capset(header, ctypes.create_string_buffer(24)), "capset")


def terminal_is_gone() -> bool:
    """Whether the terminal that this was started in has no other end any more: the program that opened it has died."""
    if not stat.S_ISCHR(os.fstat(0).st_mode):  # isatty() says no once the other end is gone
        return False
    poll = select.poll()
    poll.register(0, 0)
    return any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0))


def main(config: dict, command: list[str]) -> None:
    if sys.platform == "linux":
        parent = os.getppid()
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, "death with the parent")
        # It may have died just before. A parent that is bubblewrap's own cannot tell, when the program above it was killed
        # while bubblewrap was still mounting: the terminal can.
        if os.getppid() != parent or terminal_is_gone():
            sys.exit(1)
    for name, value in config.get("limits", {}).items():
        kind = getattr(resource, f"RLIMIT_{name.upper()}", None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
    if config.get("seccomp") or config.get("landlock"):
        prctl(PR_SET_NO_NEW_PRIVS, 1, "no new privileges")
        if os.geteuid() == 0:
            drop_capabilities()
    if config.get("landlock"):
        landlock(config["landlock"])
    if config.get("seccomp"):
        seccomp(config.get("processes", False), files=bool(config.get("landlock")))
    # A terminal's hang-up must not be a way to survive: die as any program does.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.execv(command[0], command)


if __name__ == "__main__":
    text = sys.argv[1]
    if text.startswith("@"):
        with open(text[1:]) as file:
            text = file.read()
    main(json.loads(text), sys.argv[2:])
