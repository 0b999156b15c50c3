/** Bytes in the unit in which limits are set: what a message names is what stands in the dialog, to three places. */
export function inMegabytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 1000) / 1000
}
