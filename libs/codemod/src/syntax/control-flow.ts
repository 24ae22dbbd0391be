import ts from 'typescript'

/** Whether a statement never lets the next one run: it returns, throws, breaks or continues on every way. */
export const neverCompletes = (statement: ts.Statement): boolean => {
  if (ts.isReturnStatement(statement) || ts.isThrowStatement(statement) || ts.isBreakOrContinueStatement(statement)) {
    return true
  }
  if (ts.isBlock(statement)) return statement.statements.some(neverCompletes)
  if (ts.isIfStatement(statement)) {
    return (
      statement.elseStatement !== undefined &&
      neverCompletes(statement.thenStatement) &&
      neverCompletes(statement.elseStatement)
    )
  }
  return false
}

/** The negation of a test, as short as it is safe: `!x` becomes `x` only where nothing but truth is asked for. */
export const negationOf = (test: ts.Expression, text: string): string => {
  if (ts.isPrefixUnaryExpression(test) && test.operator === ts.SyntaxKind.ExclamationToken) {
    const inner = test.operand
    return ts.isParenthesizedExpression(inner) ? inner.expression.getText() : inner.getText()
  }
  if (ts.isBinaryExpression(test)) {
    const opposite = opposites.get(test.operatorToken.kind)
    if (opposite) {
      const operator = test.operatorToken.getStart() - test.getStart()
      return text.slice(0, operator) + opposite + text.slice(operator + test.operatorToken.getText().length)
    }
    return `!(${text})`
  }
  const isTight =
    ts.isIdentifier(test) ||
    ts.isCallExpression(test) ||
    ts.isPropertyAccessExpression(test) ||
    ts.isElementAccessExpression(test) ||
    ts.isParenthesizedExpression(test)
  return isTight ? `!${text}` : `!(${text})`
}

/** Only equality has an opposite: `!(a < b)` is not `a >= b` where one is NaN or undefined. */
const opposites: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.EqualsEqualsToken, '!='],
  [ts.SyntaxKind.ExclamationEqualsToken, '=='],
])
