import { basename } from 'node:path'
import { inMegabytes } from '../megabytes'
import { Problem } from '../problem'
import { textAt } from '../records'

const MISSING = { read: 'fileMissing', write: 'fileFolderMissing' } as const
const FAILED = { read: 'fileNotReadable', write: 'fileNotWritable' } as const

/** What the file system refused, with the file's own name alone: a whole path tells more than a flow need know. */
export function fileProblem(doing: 'read' | 'write', field: string, path: string, error: unknown): Problem {
  if (error instanceof Problem) return error
  const reason = textAt(error, 'code') ?? 'unknown'
  return new Problem(reason === 'ENOENT' ? MISSING[doing] : FAILED[doing], {
    field,
    value: basename(path),
    reason,
  })
}

/** @param limit bytes. */
export function fileTooLarge(limit: number): Problem {
  return new Problem('fileTooLarge', { field: 'maxSize', limit: inMegabytes(limit) })
}
