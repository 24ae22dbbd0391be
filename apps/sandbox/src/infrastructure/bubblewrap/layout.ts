import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { seccompProgram } from './seccomp.ts'
import { makeFolder } from './folders.ts'

/** The runtime's folders on the host. Everything below the root belongs to it and may vanish with it. */
export interface StateFolders {
  readonly root: string
  readonly sessions: string
  readonly installs: string
  /** Evidence of wipes that is not yet recorded elsewhere. */
  readonly evidence: string
  readonly dependencies: string
  readonly tools: string
  /** What the inside sees as /etc. */
  readonly etc: string
  readonly seccompFile: string
}

const ETC: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000:u:/home/u:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  group: 'root:x:0:\nu:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  'resolv.conf': '',
}

/** Makes the folders and writes what every namespace shares; harmless when they are there. */
export const prepareFolders = async (root: string, architecture: 'x64' | 'arm64'): Promise<StateFolders> => {
  const at = (name: string) => path.join(root, name)
  const folders: StateFolders = {
    root,
    sessions: at('sessions'),
    installs: at('installs'),
    evidence: at('evidence'),
    dependencies: at('dependencies'),
    tools: at('tools'),
    etc: at('etc'),
    seccompFile: at(`seccomp-${architecture}.bpf`),
  }
  for (const name of ['', 'sessions', 'installs', 'evidence', 'dependencies', 'tools']) await makeFolder(at(name))
  await mkdir(folders.etc, { recursive: true, mode: 0o755 })
  for (const [name, text] of Object.entries(ETC)) await writeFile(path.join(folders.etc, name), text, { mode: 0o644 })
  for (const name of ['ssl', 'alternatives'])
    await mkdir(path.join(folders.etc, name), { recursive: true, mode: 0o755 })
  await writeFile(folders.seccompFile, seccompProgram(architecture), { mode: 0o644 })
  return folders
}
