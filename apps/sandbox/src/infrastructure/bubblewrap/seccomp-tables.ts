/** Numbers from the kernel's own tables; `null` where the architecture has no such call. */
export type Architecture = 'x64' | 'arm64'

export const AUDIT_ARCH: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 }

type Numbers = readonly [x64: number | null, arm64: number | null]

/** Answered EPERM: tracing, mounting, namespaces, kernel modules, keys, clocks, handles past a mount. */
export const FORBIDDEN: Readonly<Record<string, Numbers>> = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  move_mount: [429, 429],
  open_tree: [428, 428],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  fanotify_init: [300, 262],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  create_module: [174, null],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  syslog: [103, 116],
  lookup_dcookie: [212, 18],
  vhangup: [153, 58],
  personality: [135, 92],
  ioperm: [173, null],
  iopl: [172, null],
  modify_ldt: [154, null],
  uselib: [134, null],
  ustat: [136, null],
  _sysctl: [156, null],
  nfsservctl: [180, 42],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
}

/** Answered ENOSYS, so that libraries take their older road; clone3 hides its flags from a filter. */
export const ABSENT: Readonly<Record<string, Numbers>> = {
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  msgget: [68, 186],
  semget: [64, 190],
}

/** Looked at more closely: their arguments decide. */
export const INSPECTED: Readonly<Record<'clone' | 'ioctl' | 'socket', Numbers>> = {
  clone: [56, 220],
  ioctl: [16, 29],
  socket: [41, 198],
}

export const numberOf = (numbers: Numbers, architecture: Architecture): number | null =>
  numbers[architecture === 'x64' ? 0 : 1]
