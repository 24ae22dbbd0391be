import { describe, expect, it } from '@jest/globals'
import type { Manifests } from './manifests.ts'
import { foreignVersion, missingPackage, withoutDevDependency } from './missing-packages.ts'

const manifests = (manifest: object, locked = false): Manifests => ({
  files: new Map([['package.json', Buffer.from(JSON.stringify(manifest))]]),
  locked,
  resolution: [],
  anyDependency: true,
})

describe('what npm could not find', () => {
  it.each([
    [
      'npm error code ETARGET\nnpm error notarget No matching version found for @a/b@^22.2.5.\n',
      '@a/b',
      '@a/b@^22.2.5',
    ],
    ['npm error notarget No matching version found for a@>=1 <2.\n', 'a', 'a@>=1 <2'],
    ["npm error code E404\nnpm error 404  '@a/b@^1.0.0' is not in this registry.\n", '@a/b', '@a/b@^1.0.0'],
    ["npm error 404  The requested resource '@a/b@1.0.0' could not be found or you", '@a/b', '@a/b@1.0.0'],
    ["npm error 404  'a@*' could not be found or you do not have permission to access it.\n", 'a', 'a@*'],
  ])('is read from %j', (output, name, wanted) => {
    expect(missingPackage(output)).toEqual({ name, wanted })
  })

  it('is nothing when npm failed for another reason', () => {
    expect(missingPackage('npm error code ERESOLVE\nnpm error ERESOLVE could not resolve\n')).toBeUndefined()
  })
})

describe('a version that npm does not know', () => {
  it.each([
    ['workspace:*', '"workspace:": workspace:*', 'npm installs here, and does not know workspace:*: write "*"'],
    [
      'catalog:react',
      '"catalog:": catalog:react',
      'npm installs here, and does not know catalog:react: write a version',
    ],
  ])('is named with what to write instead: %s', (_, told, said) => {
    const output = `npm error code EUNSUPPORTEDPROTOCOL\nnpm error Unsupported URL Type ${told}\n`
    expect(foreignVersion(output)).toContain(said)
  })

  it('is none where npm failed for another reason', () => {
    expect(foreignVersion("npm error 404  'a@*' is not in this registry.\n")).toBeUndefined()
  })
})

describe('leaving a package out', () => {
  it('takes it out of the development dependencies alone', () => {
    const left = withoutDevDependency(manifests({ name: 'p', devDependencies: { lint: '1', tape: '5' } }), 'lint')
    expect(JSON.parse(Buffer.from(left!.files.get('package.json')!).toString())).toEqual({
      name: 'p',
      devDependencies: { tape: '5' },
    })
  })

  it.each([
    ['nobody of the project asks for it', manifests({ devDependencies: { tape: '5' } })],
    ['the code needs it', manifests({ devDependencies: { lint: '1' }, dependencies: { lint: '1' } })],
    ['users bring it', manifests({ devDependencies: { lint: '1' }, peerDependencies: { lint: '1' } })],
    ['a lock file says what to install', manifests({ devDependencies: { lint: '1' } }, true)],
  ])('is refused where %s', (_, given) => {
    expect(withoutDevDependency(given, 'lint')).toBeUndefined()
  })
})
