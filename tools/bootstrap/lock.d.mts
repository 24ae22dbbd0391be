export declare const withLock: <T>(
  file: string,
  work: () => Promise<T> | T,
  waiting?: (pid: number) => void,
) => Promise<T>
