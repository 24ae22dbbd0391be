import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const holderOf = (file) => {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

const tryLock = (file) => {
  // Written whole under another name first, so that nobody ever reads an empty lock.
  const mine = `${file}.${process.pid}`
  writeFileSync(mine, `${process.pid}`)
  try {
    linkSync(mine, file)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(mine, { force: true })
  }
}

/**
 * Holds a lock file while the work runs; a second process waits for it, and a lock whose holder has died is taken over.
 * `waiting(pid)` is called once when there is somebody to wait for.
 */
export const withLock = async (file, work, waiting = () => {}) => {
  mkdirSync(path.dirname(file), { recursive: true })
  let told = false
  while (!tryLock(file)) {
    const holder = holderOf(file)
    if (holder !== undefined && !alive(holder)) {
      rmSync(file, { force: true })
      continue
    }
    if (!told && holder !== undefined) waiting(holder)
    told = true
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
