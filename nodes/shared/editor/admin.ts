import type { Translate } from './red.js'

/** An answer of the admin API that is not what was asked for, in words. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly status: number
  /** The property of the dialog that is to be put right. */
  readonly field: string | undefined

  constructor(status: number, message: string, field: string | undefined) {
    super(message)
    this.status = status
    this.field = field
  }
}

/**
 * A request to one of our admin routes. `$.ajax` and the relative URL matter: only then does the editor add
 * its own root and the user's token. What is wrong is told in the editor's language, not in the browser's.
 *
 * @param signal ends the request; the runtime then stops what it does for it.
 */
export async function callAdmin<Answer>(
  text: Translate,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const request = $.ajax({
      method,
      url: path,
      dataType: 'json',
      headers: { 'Accept-Language': RED.i18n.lang() },
      ...(body === undefined ? {} : { data: JSON.stringify(body), contentType: 'application/json' }),
      success: (answer: Answer) => resolve(answer),
      error: (answer) => reject(adminError(text, answer)),
    })
    signal?.addEventListener('abort', () => request.abort(), { once: true })
  })
}

function adminError(text: Translate, answer: JQuery.jqXHR<unknown>): AdminError {
  const report: unknown = answer.responseJSON
  const message = stringIn(report, 'message') ?? text(messageKey(answer.status), { status: answer.status })
  return new AdminError(answer.status, message, stringIn(report, 'field'))
}

function messageKey(status: number): string {
  if (status === 0) return 'admin.unreachable'
  return status === 401 || status === 403 ? 'admin.forbidden' : 'admin.failed'
}

function stringIn(report: unknown, property: string): string | undefined {
  if (typeof report !== 'object' || report === null) return undefined
  const value: unknown = Reflect.get(report, property)
  return typeof value === 'string' && value !== '' ? value : undefined
}
