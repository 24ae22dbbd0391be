import ts from 'typescript'

/**
 * How a type holds the values of another one: not at all, as such, in a list, in a promise, or among something else,
 * where nobody can say what becomes of them.
 */
export type Shape = 'none' | 'value' | 'list' | 'promise' | 'mixed'

const NOTHING = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void | ts.TypeFlags.Never

const partsOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type])

const isReference = (type: ts.Type): type is ts.TypeReference =>
  ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0

const isPromise = (type: ts.Type): boolean => /^Promise(Like)?$/.test(type.symbol?.name ?? '')

/** The shapes of what a file's expressions hold. */
export const shapesOf = (held: ts.Type, checker: ts.TypeChecker): ((type: ts.Type) => Shape) => {
  const ofPart = (type: ts.Type, depth: number): Shape => {
    if (type === held) return 'value'
    if (type.isIntersection()) return type.types.some((each) => of(each, depth + 1) !== 'none') ? 'mixed' : 'none'
    if (depth > 4 || !isReference(type)) return 'none'
    const inner = checker.getTypeArguments(type).map((each) => of(each, depth + 1))
    if (inner.every((shape) => shape === 'none')) return 'none'
    if (inner.includes('mixed')) return 'mixed'
    if (checker.isArrayType(type)) return 'list'
    return isPromise(type) ? 'promise' : 'mixed'
  }
  const of = (type: ts.Type, depth = 0): Shape => {
    const parts = partsOf(type).filter(({ flags }) => !(flags & NOTHING))
    const shapes = new Set(parts.map((part) => ofPart(part, depth)))
    if (shapes.size === 0) return 'none'
    if (shapes.size === 1) return [...shapes][0]!
    // what an async function returns may be the value or a promise of it
    const isAwaited = shapes.size === 2 && shapes.has('promise') && (shapes.has('value') || shapes.has('list'))
    return isAwaited ? (shapes.has('value') ? 'value' : 'list') : 'mixed'
  }
  return (type) => of(type)
}

/** Whether a type is made of nothing but null, undefined and what never comes. */
export const isNothing = (type: ts.Type): boolean => partsOf(type).every(({ flags }) => flags & NOTHING)

/** Whether a value of a type may be undefined, as far as the compiler can tell. */
export const mayBeUndefined = (type: ts.Type): boolean =>
  partsOf(type).some(({ flags }) => flags & ((NOTHING & ~ts.TypeFlags.Null) | ts.TypeFlags.Any | ts.TypeFlags.Unknown))
