import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** The folder of the clone that this code stands in. */
export const root = path.dirname(import.meta.dirname)

/** The project's own Node, whatever the machine has. */
export const nodeBinary = path.join(root, 'node_modules/.bin/node')

/** A program that a package of node_modules brings. */
export const bin = (name: string): string => path.join(root, 'node_modules/.bin', name)

export interface App {
  readonly name: string
  /** Absolute path of the app's folder. */
  readonly dir: string
  readonly tags: readonly string[]
}

interface ProjectFile {
  readonly name?: string
  readonly tags?: readonly string[]
}

const readJson = (file: string): unknown => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined)

const projectOf = (dir: string): ProjectFile | undefined =>
  (readJson(path.join(dir, 'project.json')) as ProjectFile | undefined) ??
  (readJson(path.join(dir, 'package.json')) as { nx?: ProjectFile } | undefined)?.nx

/** Every folder of apps/ that is an Nx project, by name: a project.json, or `nx` in its package.json. */
export const apps = (workspace: string = root): App[] => {
  const dir = path.join(workspace, 'apps')
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .sort()
    .flatMap((entry) => {
      const project = projectOf(path.join(dir, entry))
      return project ? [{ name: project.name ?? entry, dir: path.join(dir, entry), tags: project.tags ?? [] }] : []
    })
}

/** Names of the folders of apps/, libs/ and tools that have a Jest configuration. */
export const testProjects = (workspace: string = root): { name: string; dir: string }[] =>
  ['libs', 'apps']
    .map((folder) => path.join(workspace, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => ({ name, dir: path.join(folder, name) })))
    .concat({ name: 'tools', dir: path.join(workspace, 'tools') })
    .filter(({ dir }) => existsSync(path.join(dir, 'jest.config.js')))
