import type { Manifests } from './manifests.ts'

/** A package that the registry does not have, as npm names it. */
export interface MissingPackage {
  readonly name: string
  /** Name and version range, for a person. */
  readonly wanted: string
}

// npm 9 to 11: `notarget No matching version found for a@^1.` and `404  'a@^1' is not in this registry.`
const noVersion = /^npm error notarget No matching version found for ((@?[^@\s]+)@.+)\.$/m
const noPackage =
  /^npm error 404 +(?:The requested resource )?'((@?[^@\s']+)@[^']+)' (?:is not in this registry|could not be found)/m

/** What npm could not find, from what it says when it gives up. */
export const missingPackage = (output: string): MissingPackage | undefined => {
  const found = noVersion.exec(output) ?? noPackage.exec(output)
  return found ? { wanted: found[1]!, name: found[2]! } : undefined
}

// npm: `npm error Unsupported URL Type "workspace:": workspace:*`
const foreign = /^npm error Unsupported URL Type "(\w+):": (\S+)/m

/** What to do about a version that only another package manager understands; undefined when there is none. */
export const foreignVersion = (output: string): string | undefined => {
  const [, scheme, version] = foreign.exec(output) ?? []
  if (scheme === undefined) return undefined
  const instead =
    scheme === 'workspace' ? '"*", with the folders of the packages under "workspaces" of package.json' : 'a version'
  return `npm installs here, and does not know ${version}: write ${instead}`
}

/**
 * The manifests without a package that only the development of the root project asks for. Undefined where something
 * else asks for it too, or a lock file says exactly what to install: then there is nothing that may be left out.
 */
export const withoutDevDependency = (manifests: Manifests, name: string): Manifests | undefined => {
  if (manifests.locked) return undefined
  const manifest = JSON.parse(
    Buffer.from(manifests.files.get('package.json')!)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
  ) as Record<string, Record<string, unknown> | undefined>
  const { [name]: wanted, ...others } = manifest['devDependencies'] ?? {}
  const elsewhere = ['dependencies', 'optionalDependencies', 'peerDependencies'].some(
    (field) => manifest[field] !== undefined && Object.hasOwn(manifest[field], name),
  )
  if (wanted === undefined || elsewhere) return undefined
  const text = JSON.stringify({ ...manifest, devDependencies: others })
  return { ...manifests, files: new Map(manifests.files).set('package.json', Buffer.from(text)) }
}
