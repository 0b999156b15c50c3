import { splitQuery } from '../../lib/split-query.js'
import { AdminError } from '../../shared/editor/admin.js'
import type { Form } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import { matching } from '../../shared/editor/suggestions.js'
import { TypeAhead, type SuggestionList } from '../../shared/editor/type-ahead.js'
import { typedInputOf } from '../../shared/editor/typed-input.js'
import type { MetadataClient } from './metadata-client.js'
import { firstSegments, itemSegments, nextSegments, splitTyped, type Segment } from './path-suggestions.js'
import { read, typeOf, type Properties } from './properties.js'

export interface PathPickersHost {
  properties(): Properties
  /** The user has chosen a function or an action, whose parameters are to be filled in. */
  chosen(segment: Segment): void
}

/** Lists below entity and append URL: what the service has, then where one can go from there. */
export function attachPathPickers(
  form: Form,
  client: MetadataClient,
  host: PathPickersHost,
  text: Translate,
): void {
  const pickers = new PathPickers(form, client, host, text)
  pickers.attach('entity')
  pickers.attach('appendUrl')
}

class PathPickers {
  readonly #form: Form
  readonly #client: MetadataClient
  readonly #host: PathPickersHost
  readonly #text: Translate

  constructor(form: Form, client: MetadataClient, host: PathPickersHost, text: Translate) {
    this.#form = form
    this.#client = client
    this.#host = host
    this.#text = text
  }

  attach(property: 'entity' | 'appendUrl'): void {
    const segments = async (before: string) =>
      property === 'entity' ? this.#entitySegments(before) : this.#appendSegments(before)
    const field = this.#form.field(property)
    const list: TypeAhead = new TypeAhead(
      typedInputOf(field),
      field.parent(),
      {
        label: this.#text(`pick.${property}`),
        whileTyping: () => field.typedInput('type') === 'str',
        source: async (typed, everything) => {
          if (everything) this.#client.tryAgain()
          return this.#listed(list, async () => matchingSegments(segments, typed, everything))
        },
        pick: (segment) => this.#pick(property, segment),
      },
      this.#text,
    )
    $(`#graph-odata-pick-${property}`).on('click', () => {
      list.toggle()
    })
  }

  /** The list, or calmly why there is none: whatever happens, a name can still be typed. */
  async #listed(list: TypeAhead, find: () => Promise<Segment[]>): Promise<SuggestionList> {
    if (!this.#client.hasConnection) return { suggestions: [], note: this.#text('list.noConnection') }
    const refresh = {
      label: this.#text('list.refresh'),
      run: () => {
        this.#client.forget()
        void this.#client
          .refresh()
          .catch(() => undefined)
          .then(() => list.refresh())
      },
    }
    try {
      const suggestions = await find()
      const { source, problem } = await this.#client.overview()
      const note = source === 'metadata' ? undefined : (problem?.message ?? this.#text('list.noMetadata'))
      const missing = suggestions.length === 0 ? this.#text('list.nothing') : undefined
      const said = note ?? missing
      return { suggestions, ...(said === undefined ? {} : { note: said }), actions: [refresh] }
    } catch (error) {
      return { suggestions: [], note: reasonOf(error), actions: [refresh] }
    }
  }

  async #entitySegments(before: string): Promise<Segment[]> {
    const properties = this.#host.properties()
    const append = typeOf(properties, 'appendUrl') === 'str' ? read(properties, 'appendUrl') : ''
    const at = append.indexOf('{entity}')
    const path = [at > 0 ? append.slice(0, at).replace(/\/+$/u, '') : '', before]
      .filter((part) => part !== '')
      .join('/')
    return this.#behind(path)
  }

  async #appendSegments(before: string): Promise<Segment[]> {
    const properties = this.#host.properties()
    const entity = typeOf(properties, 'entity') === 'str' ? read(properties, 'entity') : ''
    const hasKey = read(properties, 'key') !== ''
    const item = entity === '' || !hasKey ? entity : `${entity}/{key}`
    const path = [item, before].filter((part) => part !== '').join('/')
    const segments = await this.#behind(path)
    if (before !== '' || hasKey || entity === '') return segments
    const { kind } = await this.#client.resource(path)
    return kind === 'collection' ? [...segments, ...(await this.#ofItem(path))] : segments
  }

  async #behind(path: string): Promise<Segment[]> {
    if (path === '') return firstSegments(await this.#client.overview())
    return nextSegments(await this.#client.resource(path), this.#isCalling())
  }

  /** Navigation of an item whose key is not given yet: it can be chosen first. */
  async #ofItem(path: string): Promise<Segment[]> {
    const needed = this.#text('pick.needsKey')
    const segments = itemSegments(await this.#client.resource(path), this.#isCalling())
    return segments.map((segment) =>
      Object.assign({}, segment, {
        description: [needed, segment.description].filter((part) => part !== undefined).join(' · '),
        needsKey: true,
      }),
    )
  }

  #isCalling(): boolean {
    return read(this.#host.properties(), 'operation') === 'call'
  }

  #pick(property: 'entity' | 'appendUrl', segment: Segment & { readonly needsKey?: boolean }): void {
    const field = this.#form.field(property)
    const isText = field.typedInput('type') === 'str'
    const { before } = splitTyped(isText ? field.typedInput('value') : '')
    field.typedInput('type', 'str')
    field.typedInput('value', before === '' ? segment.value : `${before}/${segment.value}`)
    this.#host.chosen(segment)
    if (segment.needsKey === true) typedInputOf(this.#form.field('key')).trigger('focus')
  }
}

async function matchingSegments(
  segments: (before: string) => Promise<Segment[]>,
  typed: string,
  everything: boolean,
): Promise<Segment[]> {
  const { before, segment } = splitTyped(splitQuery(typed).path)
  return matching(await segments(before), everything ? '' : segment)
}

export function reasonOf(error: unknown): string {
  return error instanceof AdminError || error instanceof Error ? error.message : String(error)
}
