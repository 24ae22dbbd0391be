import ts from 'typescript'

export type Manifest = Readonly<Record<string, unknown>>

const nameOf = ({ name }: ts.ObjectLiteralElementLike): string => (name && ts.isStringLiteral(name) ? name.text : '')

const saysTwice = (node: ts.Node): boolean => {
  const names = ts.isObjectLiteralExpression(node) ? node.properties.map(nameOf) : []
  return new Set(names).size < names.length || ts.forEachChild(node, (child) => saysTwice(child) || undefined) === true
}

/** What a package.json says; undefined where it is no object, or says something twice: readers differ in what counts. */
export const readManifest = (text: string): Manifest | undefined => {
  try {
    const bare = text.replace(/^\uFEFF/, '')
    const json: unknown = JSON.parse(bare)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
    return saysTwice(ts.parseJsonText('package.json', bare)) ? undefined : (json as Manifest)
  } catch {
    return undefined
  }
}
