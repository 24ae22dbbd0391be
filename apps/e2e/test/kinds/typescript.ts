import { json, manifest, type Sample } from './sample.ts'

const compiler = { typescript: '5.9.3' }

const options = {
  target: 'es2022',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  strict: true,
  types: [],
}

const prices = `export interface Item {
  name: string
  price: number
  count?: number
}

export function total(items: Item[]): number {
  var sum = 0
  for (var i = 0; i < items.length; i++) {
    sum += items[i].price * (items[i].count || 1)
  }
  return sum
}

export function receipt(items: Item[], currency: string): string {
  var lines = items.map(function (item) {
    return item.name + ': ' + item.price + ' ' + currency
  })
  return lines.join('\\n')
}
`

/** The tests import what the build makes. */
export const build: Sample = {
  files: {
    'package.json': manifest({
      type: 'module',
      main: 'dist/prices.js',
      types: 'dist/prices.d.ts',
      scripts: { build: 'tsc', pretest: 'npm run build', test: 'node --test test/*.test.js' },
      devDependencies: compiler,
    }),
    'tsconfig.json': json({
      compilerOptions: { ...options, rootDir: 'src', outDir: 'dist', declaration: true },
      include: ['src'],
    }),
    '.gitignore': 'dist\nnode_modules\n',
    'src/prices.ts': prices,
    'test/prices.test.js': `import assert from 'node:assert';
import { test } from 'node:test';
import { receipt, total } from '../dist/prices.js';

const items = [{ name: 'pen', price: 2, count: 3 }, { name: 'ink', price: 5 }];

test('adds up', () => {
  assert.equal(total(items), 11);
  assert.equal(total([]), 0);
});

test('writes a receipt', () => assert.equal(receipt(items, 'EUR'), 'pen: 2 EUR\\nink: 5 EUR'));
`,
  },
  tests: 3,
  changes: ['src/prices.ts'],
}

const project = (dependsOn: readonly string[], out: string): string =>
  json({
    extends: '../../tsconfig.base.json',
    compilerOptions: { rootDir: '.', outDir: `../../dist/${out}` },
    references: dependsOn.map((path) => ({ path })),
  })

/** Two projects, one of which refers to the other; the file at the top only names them. */
export const references: Sample = {
  files: {
    'package.json': manifest({
      type: 'module',
      main: 'dist/shop/index.js',
      scripts: { build: 'tsc --build', test: 'npm run build && node --test test/*.test.js' },
      devDependencies: compiler,
    }),
    'tsconfig.base.json': json({ compilerOptions: { ...options, composite: true } }),
    'tsconfig.json': json({ files: [], references: [{ path: './src/prices' }, { path: './src/shop' }] }),
    '.gitignore': 'dist\nnode_modules\n*.tsbuildinfo\n',
    'src/prices/tsconfig.json': project([], 'prices'),
    'src/prices/index.ts': prices,
    'src/shop/tsconfig.json': project(['../prices'], 'shop'),
    'src/shop/index.ts': `import { receipt, total, type Item } from '../prices/index.js'

export function sell(items: Item[], currency: string): string {
  var sum = total(items)
  var head = receipt(items, currency)
  return head + '\\n= ' + sum + ' ' + currency
}
`,
    'test/shop.test.js': `import assert from 'node:assert';
import { test } from 'node:test';
import { receipt, total } from '../dist/prices/index.js';
import { sell } from '../dist/shop/index.js';

const items = [{ name: 'pen', price: 2, count: 3 }];

test('adds up', () => assert.equal(total(items), 6));
test('writes a receipt', () => assert.equal(receipt(items, 'EUR'), 'pen: 2 EUR'));
test('sells', () => assert.equal(sell(items, 'EUR'), 'pen: 2 EUR\\n= 6 EUR'));
`,
  },
  tests: 4,
  changes: ['src/prices/index.ts', 'src/shop/index.ts'],
}
