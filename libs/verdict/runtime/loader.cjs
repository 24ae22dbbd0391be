'use strict'
// Loads a module of the project whatever it is written in: CommonJS, ES modules, TypeScript (by the project's own
// compiler where there is one, else by Node's type stripping), with or without extensions in its imports.

const fs = require('fs')
const path = require('path')
const nodeModule = require('module')
const { pathToFileURL, fileURLToPath } = require('url')

const endings = ['.js', '.ts', '.tsx', '.mjs', '.mts', '.cjs', '.cts', '.json', '/index.js', '/index.ts', '/index.tsx']

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    return undefined
  }
}

const isFile = (file) => {
  try {
    return fs.statSync(file).isFile()
  } catch (error) {
    return false
  }
}

const guess = (specifier, parentUrl) => {
  if (!/^\.\.?(\/|$)/.test(specifier) || parentUrl === undefined || !parentUrl.startsWith('file:')) return undefined
  const base = path.resolve(path.dirname(fileURLToPath(parentUrl)), specifier)
  const candidates = endings.map((ending) => base + ending)
  if (/\.[mc]?jsx?$/.test(base)) candidates.unshift(base.replace(/js(x?)$/, 'ts$1'))
  return candidates.find(isFile)
}

const projectTypeScript = (root) => {
  try {
    return nodeModule.createRequire(path.join(root, 'package.json'))('typescript')
  } catch (error) {
    return undefined
  }
}

const compilerOptions = (ts, root) => {
  const file = path.join(root, 'tsconfig.json')
  if (!isFile(file)) return {}
  const read = ts.readConfigFile(file, (name) => fs.readFileSync(name, 'utf8'))
  if (read.error) return {}
  return ts.parseJsonConfigFileContent(read.config, ts.sys, root).options
}

/** A compiler from one TypeScript file to what Node can run. */
const createTranspile = (root) => {
  const ts = projectTypeScript(root)
  if (ts === undefined || typeof ts.transpileModule !== 'function') return undefined
  const given = compilerOptions(ts, root)
  const manifest = readJson(path.join(root, 'package.json')) || {}
  return (file) => {
    const esm = /\.mts$/.test(file) || (manifest.type === 'module' && !/\.cts$/.test(file))
    const options = Object.assign({}, given, {
      module: esm ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      moduleResolution: undefined,
      declaration: false,
      sourceMap: false,
      inlineSourceMap: false,
      verbatimModuleSyntax: false,
      isolatedModules: true,
    })
    if (given.esModuleInterop === undefined) options.esModuleInterop = true
    const source = ts.transpileModule(fs.readFileSync(file, 'utf8'), {
      compilerOptions: options,
      fileName: file,
    }).outputText
    return { format: esm ? 'module' : 'commonjs', source, shortCircuit: true }
  }
}

/** Hooks need Node 22.15; an older one loads plain JavaScript only. */
const installHooks = (root) => {
  if (typeof nodeModule.registerHooks !== 'function') return
  let transpile // made when the first TypeScript file comes: loading a compiler takes time
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => {
      try {
        return next(specifier, context)
      } catch (error) {
        const found = guess(specifier, context.parentURL)
        if (found === undefined) throw error
        return { url: pathToFileURL(found).href, shortCircuit: true }
      }
    },
    load: (url, context, next) => {
      const file = url.startsWith('file:') ? fileURLToPath(url) : ''
      if (!/\.[mc]?tsx?$/.test(file) || /[\\/]node_modules[\\/]/.test(file)) return next(url, context)
      if (transpile === undefined) transpile = createTranspile(root) || null
      return transpile === null ? next(url, context) : transpile(file)
    },
  })
}

const createLoader = (root) => {
  installHooks(root)
  const load = nodeModule.createRequire(path.join(root, 'package.json'))
  return async (name) => {
    const file = path.join(root, name)
    try {
      return load(file)
    } catch (error) {
      if (error && (error.code === 'ERR_REQUIRE_ESM' || error.code === 'ERR_REQUIRE_ASYNC_MODULE'))
        return import(pathToFileURL(file).href)
      throw error
    }
  }
}

module.exports = { createLoader }
