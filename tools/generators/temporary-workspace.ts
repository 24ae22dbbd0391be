import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { packagedProtos } from '../checks/protos.ts'
import { root } from '../workspace.ts'

const left = new Set(['node_modules', 'dist', '.iama', '.nx', '.git'])

/**
 * A copy of this workspace without its apps, in which anything may be generated. Packages are linked, so that making
 * it costs a second; our own libraries are the copy's.
 */
export const temporaryWorkspace = (): { readonly dir: string; remove(): void } => {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'iama-workspace-')))
  const filter = (source: string): boolean => !left.has(path.basename(source))
  for (const entry of readdirSync(root)) {
    if (entry === 'apps' || left.has(entry)) continue
    cpSync(path.join(root, entry), path.join(dir, entry), { recursive: true, filter, verbatimSymlinks: true })
  }
  const modules = path.join(root, 'node_modules')
  mkdirSync(path.join(dir, 'node_modules'))
  for (const entry of readdirSync(modules)) {
    const target = path.join(dir, 'node_modules', entry)
    if (entry === '.cache') continue
    if (entry === '@iama') cpSync(path.join(modules, entry), target, { recursive: true, verbatimSymlinks: true })
    else if (!packagedProtos.some((folder) => folder.startsWith(`node_modules/${entry}/`)))
      symlinkSync(path.join(modules, entry), target)
  }
  for (const folder of packagedProtos) cpSync(path.join(root, folder), path.join(dir, folder), { recursive: true })
  symlinkSync(path.join(modules, '@grpc/grpc-js'), path.join(dir, 'node_modules/@grpc/grpc-js'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}
