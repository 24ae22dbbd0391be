import path from 'node:path'
import { formatFiles, generateFiles, type Tree } from '@nx/devkit'
import { parseDocument, YAMLSeq } from 'yaml'

export interface ServiceOptions {
  readonly name: string
  readonly aggregate?: string
}

/** One word: it becomes a folder, a database, roles, a stream, a package of protos and a class. */
const word = /^[a-z][a-z0-9]{1,30}$/

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1)

const singular = (name: string): string => (name.endsWith('s') && name.length > 3 ? name.slice(0, -1) : name)

const change = (tree: Tree, file: string, edit: (text: string) => string): void => {
  const before = tree.read(file, 'utf8')
  if (before === null) throw new Error(`${file} is missing: the generator works in the workspace of IAMA alone`)
  const after = edit(before)
  if (after === before)
    throw new Error(`${file} no longer has the place where a service is entered: mend the generator`)
  tree.write(file, after)
}

/** Declares the service's event stream and lets compliance read it, as it reads every other. */
const addStream = (text: string, name: string): string => {
  const document = parseDocument(text)
  const streams = document.get('streams')
  if (!(streams instanceof YAMLSeq)) return text
  const stream = document.createNode({
    name: `EVENTS_${name.toUpperCase()}`,
    subjects: [`events.*.${name}.>`],
    maxAgeDays: 7,
    dedupMinutes: 10,
    consumers: [{ name: 'compliance' }],
  })
  const subjects = stream.get('subjects')
  if (subjects instanceof YAMLSeq) subjects.flow = true
  streams.add(stream)
  return document.toString({ flowCollectionPadding: false })
}

/** Viewers may read, developers may write; owners and admins may do both. */
const addPermissions = (text: string, name: string): string =>
  text
    .replace(/(export const PERMISSIONS = \[[^\]]*)(\] as const)/, `$1  '${name}.read',\n  '${name}.write',\n$2`)
    .replace(/(const viewer: readonly Permission\[\] = \[[^\]]*)\]/, `$1, '${name}.read']`)
    .replace(/(const developer: readonly Permission\[\] = \[[^\]]*)\]/, `$1, '${name}.write']`)

/** Makes `apps/<name>`, its protos, its stream and its permissions. Nothing else has to be touched by hand. */
export default async function service(tree: Tree, options: ServiceOptions): Promise<void> {
  const { name, aggregate = singular(name) } = options
  for (const [option, value] of Object.entries({ name, aggregate })) {
    if (!word.test(value)) throw new Error(`${option} "${value}" is not one lower-case word of letters and digits`)
  }
  for (const taken of [`apps/${name}`, `proto/iama/${name}`]) {
    if (tree.exists(taken)) throw new Error(`${taken} is already there: choose another name`)
  }
  generateFiles(tree, path.join(import.meta.dirname, 'files'), '.', {
    name,
    Name: capital(name),
    NAME: name.toUpperCase(),
    aggregate,
    Aggregate: capital(aggregate),
    AGGREGATE: aggregate.toUpperCase(),
    tmpl: '',
  })
  change(tree, 'deploy/nats/streams.yaml', (text) => addStream(text, name))
  change(tree, 'libs/security/src/permissions.ts', (text) => addPermissions(text, name))
  await formatFiles(tree)
}
