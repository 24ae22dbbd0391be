// Rules of this house that no published plugin has.
import { ESLintUtils } from '@typescript-eslint/utils'

const forbidden = new Set(['save', 'remove', 'softRemove', 'transaction'])

const fromTypeorm = (type) => {
  const symbols = [
    type.getSymbol(),
    ...(type.isUnionOrIntersection() ? type.types.map((part) => part.getSymbol()) : []),
  ]
  return symbols.some((symbol) =>
    symbol?.declarations?.some((declaration) =>
      declaration.getSourceFile().fileName.includes('/node_modules/typeorm/'),
    ),
  )
}

const noTypeormSave = {
  meta: {
    type: 'problem',
    docs: { description: 'TypeORM calls that open or commit a transaction of their own' },
    schema: [],
    messages: {
      own:
        "TypeORM's {{name}}() begins and commits by itself after a raw BEGIN: the tenant and the outbox row are lost. " +
        'Use insert, update with the version, or delete through the unit of work.',
    },
  },
  create(context) {
    const services = ESLintUtils.getParserServices(context)
    return {
      'CallExpression > MemberExpression.callee'(node) {
        const name = node.property.type === 'Identifier' ? node.property.name : undefined
        if (name === undefined || !forbidden.has(name)) return
        if (fromTypeorm(services.getTypeAtLocation(node.object)))
          context.report({ node, messageId: 'own', data: { name } })
      },
    }
  },
}

export const iama = { meta: { name: 'iama' }, rules: { 'no-typeorm-save': noTypeormSave } }
