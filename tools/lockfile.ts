// What the tools need to know of package-lock.json (lockfileVersion 3).

export interface Dependencies {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export interface LockEntry extends Dependencies {
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
  os?: string | string[];
  cpu?: string | string[];
  libc?: string | string[];
  license?: string;
}

export interface Lockfile {
  packages: Record<string, LockEntry>;
}

export interface PlatformPackage {
  name: string;
  version: string;
  dev: boolean;
}

/** Optional packages that a locked package asks for in one exact version, but are not locked. */
export function missingPlatformPackages(lockfile: Lockfile): PlatformPackage[] {
  const missing = new Map<string, PlatformPackage>();
  for (const [where, entry] of Object.entries(lockfile.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = where === '' ? '' : `${where}/node_modules/${name}`;
      const locked = lockfile.packages[nested] ?? lockfile.packages[`node_modules/${name}`];
      if (locked?.version !== undefined || !/^\d/.test(range)) continue;
      missing.set(name, { name, version: range, dev: entry.dev === true });
    }
  }
  return [...missing.values()];
}
