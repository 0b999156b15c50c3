import { callAdmin } from '../../shared/editor/admin.js'
import { connectionChoice } from '../../shared/editor/connection-choice.js'
import type { Translate } from '../../shared/editor/red.js'
import type { KeyPage, KeySearch, MetadataOverview, ResourceDetails } from '../admin-api.js'

/** Asks the runtime what the service has; what was answered once is kept while the dialog is open. */
export class MetadataClient {
  readonly #text: Translate
  #connection = ''
  #failed = false
  #overview: Promise<MetadataOverview> | undefined
  readonly #resources = new Map<string, Promise<ResourceDetails>>()

  constructor(text: Translate) {
    this.#text = text
  }

  /** The connection to ask from now on; '' where none is chosen. */
  use(connection: string): void {
    if (connection === this.#connection) return
    this.#connection = connection
    this.forget()
  }

  get hasConnection(): boolean {
    return this.#connection !== '' && this.#connection !== '_ADD_'
  }

  forget(): void {
    this.#failed = false
    this.#overview = undefined
    this.#resources.clear()
  }

  /** Asks again what could not be answered: what was wrong may have been put right. Typing alone does not. */
  tryAgain(): void {
    if (this.#failed) this.forget()
  }

  async overview(): Promise<MetadataOverview> {
    this.#overview ??= this.#kept(this.#ask<MetadataOverview>('metadata', {}))
    return this.#overview
  }

  /** Has the runtime ask the service anew. */
  async refresh(): Promise<MetadataOverview> {
    this.forget()
    const answer = await this.#ask<MetadataOverview>('metadata', { refresh: 'true' })
    this.#overview = Promise.resolve(answer)
    return answer
  }

  async resource(path: string): Promise<ResourceDetails> {
    const known = this.#resources.get(path)
    if (known !== undefined) return known
    const asked = this.#kept(this.#ask<ResourceDetails>('metadata/resource', { path }))
    this.#resources.set(path, asked)
    return asked
  }

  async keys(search: Omit<KeySearch, 'draft'>): Promise<KeyPage> {
    const choice = connectionChoice(this.#connection)
    return callAdmin<KeyPage>(this.#text, 'POST', this.#url('keys'), { ...choice, ...search })
  }

  /** GET asks the connection as it is deployed, POST as it stands in the editor. */
  async #ask<Answer>(route: string, question: Readonly<Record<string, string>>): Promise<Answer> {
    const choice = connectionChoice(this.#connection)
    if (choice.draft !== undefined) {
      const body = { ...choice, ...question, ...('refresh' in question ? { refresh: true } : {}) }
      return callAdmin<Answer>(this.#text, 'POST', this.#url(route), body)
    }
    const query = new URLSearchParams(question).toString()
    return callAdmin<Answer>(this.#text, 'GET', `${this.#url(route)}${query === '' ? '' : `?${query}`}`)
  }

  async #kept<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  #url(route: string): string {
    return `graph-odata/${encodeURIComponent(this.#connection)}/${route}`
  }
}
