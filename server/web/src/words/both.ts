type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> };

// A page's texts: what is missing in one language does not compile.
export function both<const T extends object>(vi: T, en: Same<T>): { vi: T; en: Same<T> } {
  return { vi, en };
}
