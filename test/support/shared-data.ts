import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Material that is too large for the project (examples of the documentation, Graph's real metadata) lies
 * beside the checkout where there is some; tests that want it skip where it is absent.
 */
export const sharedFolder =
  process.env['GRAPH_DATA'] ?? join(__dirname, '..', '..', '..', '..', 'shared', 'data')

/** One request and its answer, as Graph's documentation shows them. */
export interface DocumentedPair {
  readonly file: string
  readonly name: string
  readonly method: string
  readonly url: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: unknown
  readonly status: number
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly responseBody: unknown
  readonly tags: readonly string[]
}

export function documentedPairs(): DocumentedPair[] | undefined {
  const file = join(sharedFolder, 'graph-docs-examples.jsonl')
  if (!existsSync(file)) return undefined
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DocumentedPair)
}

/** Graph's own `$metadata` of v1.0, byte order mark included. */
export function graphMetadata(): Buffer | undefined {
  const file = join(sharedFolder, 'graph-v1.0-metadata.xml')
  return existsSync(file) ? readFileSync(file) : undefined
}

/** Which permission opens which path, as Microsoft publishes it: the file's path. */
export function permissionFile(): string | undefined {
  const file = join(sharedFolder, 'permissions.json')
  return existsSync(file) ? file : undefined
}
