/** Directories of the verdict inside a sandbox, however it names their place on the disk. */
const workbenchPath = /(file:\/\/)?\/[^\s:'"()]*?\/verdict-[a-z-]+\//g

/**
 * A failure's message without colours, stack lines and the place of the sandbox on the disk: those change from run to
 * run and say nothing about the code.
 */
export const plainMessage = (message: string): string =>
  message
    // eslint-disable-next-line no-control-regex
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replace(/^\s*at .*(:\d+:\d+\)?|<anonymous>\)?|\(index \d+\))$/gm, '')
    .replace(workbenchPath, '')
    .replace(/\n{2,}/g, '\n')
    .trim()
    .slice(0, 2_000)
