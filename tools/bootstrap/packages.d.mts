interface PackageRecord {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly link?: boolean; readonly resolved?: string }>
  >
}

export declare const matchesLock: (lock: PackageRecord, installed: PackageRecord) => boolean
export declare const ensurePackages: (root: string) => Promise<void>
