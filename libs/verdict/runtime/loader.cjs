'use strict'
// Loads a module of the project whatever it is written in: CommonJS, ES modules, TypeScript (by the project's own
// compiler where there is one, else by Node's type stripping), with or without extensions in its imports.

const fs = require('fs')
const path = require('path')
const nodeModule = require('module')
const vm = require('vm')
const { pathToFileURL, fileURLToPath } = require('url')
const { types } = require('util')

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
  return (file, text) => {
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
    const source = ts.transpileModule(text, {
      compilerOptions: options,
      fileName: file,
    }).outputText
    return { format: esm ? 'module' : 'commonjs', source, shortCircuit: true }
  }
}

const isOwn = (root, file) => file.startsWith(root + path.sep) && !/[\\/]node_modules[\\/]/.test(file)

const isRuntime = (root, file) => file.startsWith(path.join(root, '.iama') + path.sep)

const mark = '?iama-load='

/** ES modules stay loaded under their address: a fresh load needs an address of its own. */
const addressOf = (root, resolved, context, state) => {
  const isImport = context.conditions && context.conditions.includes('import')
  if (state.loads === 0 || !isImport || !resolved.url.startsWith('file:') || resolved.url.includes('?')) return resolved
  if (!isOwn(root, fileURLToPath(resolved.url))) return resolved
  return Object.assign({}, resolved, { url: resolved.url + mark + state.loads })
}

/** Hooks need Node 22.15; an older one loads plain JavaScript only. */
const installHooks = (root, state) => {
  if (typeof nodeModule.registerHooks !== 'function') return
  let transpile // made when the first TypeScript file comes: loading a compiler takes time
  const transpiled = new Map() // file -> { text, result }: most files are the same in the next load
  const compile = (file, text) => {
    const known = transpiled.get(file)
    if (known !== undefined && known.text === text) return known.result
    const result = transpile(file, text)
    transpiled.set(file, { text, result })
    return result
  }
  const loadFrom = (url, file, context, next) => {
    const text = state.texts.get(file)
    const plain = url.split(mark)[0]
    if (!/\.[mc]?tsx?$/.test(file) || /[\\/]node_modules[\\/]/.test(file)) {
      const loaded = next(plain, context)
      return text !== undefined && loaded.format === 'module' ? Object.assign({}, loaded, { source: text }) : loaded
    }
    if (transpile === undefined) transpile = createTranspile(root) || null
    if (transpile !== null) return compile(file, text === undefined ? fs.readFileSync(file, 'utf8') : text)
    const loaded = next(plain, context)
    return text === undefined ? loaded : Object.assign({}, loaded, { source: text })
  }
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => {
      try {
        return addressOf(root, next(specifier, context), context, state)
      } catch (error) {
        const found = guess(specifier, context.parentURL)
        if (found === undefined) throw error
        return addressOf(root, { url: pathToFileURL(found).href, shortCircuit: true }, context, state)
      }
    },
    load: (url, context, next) => {
      const file = url.startsWith('file:') ? fileURLToPath(url) : ''
      const loaded = loadFrom(url, file, context, next)
      if (/^module/.test(loaded.format)) state.esm.add(file)
      return loaded
    },
  })
}

/** CommonJS with another text in the place of a file's. */
const overrideCommonJs = (state) => {
  const { prototype } = nodeModule.Module || nodeModule
  const compile = prototype._compile
  prototype._compile = function (content, filename, ...rest) {
    const text = /\.[mc]?tsx?$/.test(filename) ? undefined : state.texts.get(filename)
    return compile.call(this, text === undefined ? content : text, filename, ...rest)
  }
}

/**
 * Whether a file that could be loaded is an ES module that nobody has told of: in a package that does not say what it
 * is made of, Node finds out by trying, and so do we.
 */
const cannotBeCommonJs = (file) => {
  if (!/\.m?js$/.test(file)) return false
  const text = fs.readFileSync(file, 'utf8').replace(/^#!.*/, '')
  try {
    vm.compileFunction(text, ['exports', 'require', 'module', '__filename', '__dirname'])
    return false
  } catch (error) {
    return true
  }
}

const wholeValue = 'module.exports'

/** What `require` gives for an ES module: what it exports under the name 'module.exports', else its namespace. */
const asRequired = (namespace) =>
  Object.prototype.hasOwnProperty.call(namespace, wholeValue) ? namespace[wholeValue] : namespace

/**
 * `load(name)` gives a module of the project as `require` does; after `load.refresh(texts)` the project's modules are loaded once more,
 * those of the map (absolute file to text) from the text that is given. Dependencies stay loaded. `load.namespaceOf(name)`
 * gives what `import` gives for a module that was loaded, if it is an ES module.
 */
const createLoader = (root) => {
  // `esm`: the files of ES modules; what they give does not tell, for it may be any value
  const state = { loads: 0, texts: new Map(), esm: new Set() }
  installHooks(root, state)
  const load = nodeModule.createRequire(path.join(root, 'package.json'))
  const imported = async (file, suffix) => asRequired(await import(pathToFileURL(file).href + suffix))
  const fromFile = async (name) => {
    const file = path.join(root, name)
    if (state.loads > 0 && state.esm.has(file)) return imported(file, mark + state.loads)
    try {
      const value = load(file)
      if (types.isModuleNamespaceObject(value) || cannotBeCommonJs(file)) state.esm.add(file)
      return value
    } catch (error) {
      if (error && (error.code === 'ERR_REQUIRE_ESM' || error.code === 'ERR_REQUIRE_ASYNC_MODULE')) {
        state.esm.add(file)
        return imported(file, '')
      }
      throw error
    }
  }
  const refresh = (texts) => {
    if (state.loads === 0) overrideCommonJs(state)
    state.loads++
    state.texts = texts
    for (const file of Object.keys(load.cache)) if (isOwn(root, file) && !isRuntime(root, file)) delete load.cache[file]
  }
  const namespaceOf = async (name) => {
    const file = path.join(root, name)
    return state.esm.has(file)
      ? import(pathToFileURL(file).href + (state.loads > 0 ? mark + state.loads : ''))
      : undefined
  }
  return Object.assign(fromFile, { refresh, namespaceOf })
}

module.exports = { createLoader }
