import { readFile } from 'node:fs/promises'
import { errorCode } from '../error-code'
import { Problem } from '../problem'

/** A JSON Web Token, and nothing else that a file may hold: only such a thing is ever sent. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/u
const LONGEST = 64 * 1024

/**
 * What another identity provider says of this workload. Read for each request: Kubernetes and its like replace the
 * file every hour or so (Entra, "Workload identity federation").
 * @param shown how an error names the file.
 */
export async function federatedAssertion(file: string, shown: string): Promise<string> {
  if (file === '') throw new Problem('federatedFileMissing', { field: 'federatedTokenFile' })
  const text = (await content(file, shown)).trim()
  if (text.length > LONGEST || !TOKEN.test(text)) {
    throw new Problem('federatedFileNoToken', { field: 'federatedTokenFile', value: shown })
  }
  return text
}

async function content(file: string, shown: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = errorCode(error)
    throw new Problem('federatedFileUnreadable', { field: 'federatedTokenFile', value: shown, reason })
  }
}
