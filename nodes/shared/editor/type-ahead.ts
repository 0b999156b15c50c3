import type { Translate } from './red.js'
import type { Suggestion } from './suggestions.js'

/** What a list shows: lines, and what there is to say about them. */
export interface SuggestionList {
  readonly suggestions: readonly Suggestion[]
  /** Why there are none, or not all: in words, with the remedy. */
  readonly note?: string
  readonly actions?: readonly { readonly label: string; readonly run: () => void }[]
  /** There are further ones to be had. */
  readonly more?: () => void
}

export interface TypeAheadOptions {
  /** A name for screen readers. */
  readonly label: string
  /**
   * Asked at each opening (`everything`) and at each keystroke, when what was typed narrows the list. An answer that
   * comes after a later question is dropped.
   */
  readonly source: (typed: string, everything: boolean) => SuggestionList | Promise<SuggestionList>
  readonly pick: (suggestion: Suggestion) => void
  /** Whether typing opens the list by itself. */
  readonly whileTyping: () => boolean
  /** Several can be chosen one after another: the list stays. */
  readonly several?: boolean
  /** Milliseconds that typing must rest before the source is asked. */
  readonly rest?: number
}

/** Lines that are shown at most: nobody reads more, and a list of thousands would be slow. */
const MOST = 100
let lists = 0

/**
 * A list below an input, by mouse, keyboard and screen reader (WAI-ARIA Authoring Practices, "Combobox"): typing
 * narrows it, arrows move in it, Enter takes a line, Escape closes it. What was typed stays whatever the list says.
 */
export class TypeAhead {
  readonly #input: JQuery
  readonly #options: TypeAheadOptions
  readonly #text: Translate
  readonly #popup: JQuery
  readonly #id: string
  #lines: readonly Suggestion[] = []
  #active = -1
  #asked = 0
  #everything = true
  /** Opened on purpose: then it also says why it is empty. By typing alone only lines come up. */
  #wanted = false
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param place an element with a position of its own, whose width the list takes. */
  constructor(input: JQuery, place: JQuery, options: TypeAheadOptions, text: Translate) {
    this.#input = input
    this.#options = options
    this.#text = text
    lists += 1
    this.#id = `graph-odata-list-${lists}`
    this.#popup = $('<div class="graph-odata-list" hidden></div>').appendTo(place)
    input.attr({
      role: 'combobox',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      autocomplete: 'off',
    })
    input.on('input', () => this.#onTyping())
    input.on('keydown', (event) => this.#onKey(event))
    input.on('blur', () => this.close())
    // A click in the list must not take the focus from the input, which would close it.
    this.#popup.on('mousedown', (event) => event.preventDefault())
  }

  get isOpen(): boolean {
    return this.#popup.prop('hidden') !== true
  }

  /** What the button beside the input does. */
  toggle(): void {
    if (this.isOpen) this.close()
    else this.open()
  }

  /** Opens with everything there is. */
  open(): void {
    this.#input.trigger('focus')
    this.#wanted = true
    void this.#ask(true)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#asked += 1
    this.#active = -1
    this.#wanted = false
    this.#popup.prop('hidden', true).empty()
    this.#input.attr('aria-expanded', 'false').removeAttr('aria-activedescendant aria-controls')
  }

  /** Asks again, e.g. after the list's own action has changed what there is. */
  refresh(): void {
    if (this.isOpen) void this.#ask(this.#everything)
  }

  #onTyping(): void {
    clearTimeout(this.#timer)
    if (!this.isOpen && !this.#options.whileTyping()) return
    this.#timer = setTimeout(() => void this.#ask(false), this.#options.rest ?? 0)
  }

  async #ask(everything: boolean): Promise<void> {
    this.#asked += 1
    this.#everything = everything
    const asked = this.#asked
    const answer = this.#options.source(String(this.#input.val() ?? ''), everything)
    if (answer instanceof Promise && this.#wanted && !this.isOpen)
      this.show({ suggestions: [], note: this.#text('list.asking') })
    const list = await answer
    if (asked === this.#asked) this.show(list)
  }

  /** Shows another list, such as one that has grown by a page. */
  show(list: SuggestionList): void {
    const { suggestions, note, actions = [], more } = list
    const active = this.#lines[this.#active]?.value
    this.#lines = suggestions.slice(0, MOST)
    this.#popup.empty().prop('hidden', this.#lines.length === 0 && (note === undefined || !this.#wanted))
    if (this.#lines.length > 0) this.#showLines()
    const hidden = suggestions.length - this.#lines.length
    const sentence = note ?? (hidden > 0 ? this.#text('list.more', { count: hidden }) : undefined)
    if (sentence !== undefined)
      $('<p class="graph-odata-list-note" role="status"></p>').text(sentence).appendTo(this.#popup)
    const buttons = [
      ...actions,
      ...(more === undefined ? [] : [{ label: this.#text('list.next'), run: more }]),
    ]
    for (const { label, run } of buttons) {
      $('<button type="button" class="red-ui-button red-ui-button-small" tabindex="-1"></button>')
        .text(label)
        .on('click', run)
        .appendTo(this.#popup)
    }
    if (this.#lines.length === 0) this.#input.removeAttr('aria-controls')
    this.#input.attr('aria-expanded', String(this.#lines.length > 0))
    this.#activate(active === undefined ? -1 : this.#lines.findIndex(({ value }) => value === active))
    if (this.isOpen) this.#popup.get(0)?.scrollIntoView({ block: 'nearest' })
  }

  #showLines(): void {
    const { label, several = false } = this.#options
    const list = $('<ul role="listbox"></ul>').attr({ id: this.#id, 'aria-label': label })
    if (several) list.attr('aria-multiselectable', 'true')
    for (const [index, suggestion] of this.#lines.entries()) list.append(this.#line(suggestion, index))
    this.#popup.append(list)
    this.#input.attr('aria-controls', this.#id)
  }

  #line({ value, title, detail, description, chosen }: Suggestion, index: number): JQuery {
    const line = $('<li role="option"></li>').attr({
      id: `${this.#id}-${index}`,
      'aria-selected': String(chosen === true),
    })
    if (chosen !== undefined)
      $('<i class="fa graph-odata-list-check"></i>').toggleClass('fa-check', chosen).appendTo(line)
    $('<span class="graph-odata-list-value"></span>')
      .text(title ?? value)
      .appendTo(line)
    if (detail !== undefined) $('<span class="graph-odata-list-detail"></span>').text(detail).appendTo(line)
    if (description !== undefined)
      $('<span class="graph-odata-list-description"></span>').text(description).appendTo(line)
    return line.on('click', () => this.#take(index))
  }

  #onKey(event: JQuery.KeyDownEvent): void {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!this.isOpen) this.open()
      else this.#move(event.key === 'ArrowDown' ? 1 : -1)
    } else if (event.key === 'Enter' && this.isOpen && this.#active >= 0) {
      event.preventDefault()
      this.#take(this.#active)
    } else if (event.key === 'Escape' && this.isOpen) {
      // Else Node-RED would close the whole dialog.
      event.preventDefault()
      event.stopPropagation()
      this.close()
    }
  }

  #move(by: 1 | -1): void {
    const count = this.#lines.length
    if (count > 0)
      this.#activate(this.#active < 0 && by < 0 ? count - 1 : (this.#active + by + count) % count)
  }

  #activate(index: number): void {
    this.#active = index
    this.#popup.find('li').removeClass('graph-odata-list-active')
    if (index < 0) {
      this.#input.removeAttr('aria-activedescendant')
      return
    }
    const line = this.#popup.find('li').eq(index).addClass('graph-odata-list-active')
    line.get(0)?.scrollIntoView({ block: 'nearest' })
    this.#input.attr('aria-activedescendant', `${this.#id}-${index}`)
  }

  #take(index: number): void {
    const suggestion = this.#lines[index]
    if (suggestion === undefined) return
    if (this.#options.several !== true) this.close()
    this.#options.pick(suggestion)
    if (this.#options.several === true) void this.#ask(true)
  }
}
