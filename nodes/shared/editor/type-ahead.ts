import type { Translate } from './red.js'
import type { Suggestion } from './suggestions.js'

/** What a list shows: lines, and what there is to say about them. */
export interface SuggestionList {
  readonly suggestions: readonly Suggestion[]
  /** Why there are none, or not all: in words, with the remedy. */
  readonly note?: string
  readonly actions?: readonly ListAction[]
  /** There are further ones to be had: gives the list that has grown by them. */
  readonly more?: () => Promise<SuggestionList>
}

/** What else can be done, below the suggestions. */
export interface ListAction {
  readonly label: string
  readonly run: () => void
  /** Further suggestions follow those that are shown. */
  readonly grows?: boolean
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
  /** Comes page by page, as long as somebody asks for more: all of it is shown. */
  readonly paged?: boolean
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
  #actions: readonly ListAction[] = []
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
    this.#popup.find('ul').scrollTop(0)
    this.#timer = setTimeout(() => void this.#ask(false), this.#options.rest ?? 0)
  }

  async #ask(everything: boolean): Promise<void> {
    this.#asked += 1
    this.#everything = everything
    const asked = this.#asked
    const answer = this.#options.source(String(this.#input.val() ?? ''), everything)
    if (answer instanceof Promise && this.#wanted && !this.isOpen)
      this.#show({ suggestions: [], note: this.#text('list.asking') })
    const list = await answer
    if (asked === this.#asked) this.#show(list)
  }

  /** Nobody waits for a page any more once the list has been closed or asked for something else. */
  async #grow(more: () => Promise<SuggestionList>): Promise<void> {
    this.#asked += 1
    const asked = this.#asked
    const list = await more()
    if (asked === this.#asked) this.#show(list)
  }

  #show(list: SuggestionList): void {
    const before = { lines: this.#lines, actions: this.#actions, active: this.#active }
    const { suggestions, note, actions = [], more } = list
    this.#lines = this.#options.paged === true ? suggestions : suggestions.slice(0, MOST)
    this.#actions = [
      ...actions,
      ...(more === undefined
        ? []
        : [{ label: this.#text('list.next'), run: () => void this.#grow(more), grows: true }]),
    ]
    const hidden = suggestions.length - this.#lines.length
    const said = note ?? (hidden > 0 ? this.#text('list.more', { count: hidden }) : undefined)
    this.#draw(said)
    this.#activate(activeAfter(before, this.#lines))
    if (this.isOpen) this.#popup.get(0)?.scrollIntoView({ block: 'nearest' })
  }

  /** Whoever chooses several, or asks for more, stays where they are in the list. */
  #draw(said: string | undefined): void {
    const top = this.#popup.find('ul').scrollTop() ?? 0
    const isBlank = this.#lines.length === 0
    const hasOptions = !isBlank || (this.#wanted && this.#actions.length > 0)
    this.#popup.empty().prop('hidden', isBlank && (said === undefined || !this.#wanted))
    const note = said === undefined ? '' : $('<p class="graph-odata-list-note" role="status"></p>').text(said)
    // Why there is nothing comes before what can be done about it.
    this.#popup.append(isBlank ? note : '', hasOptions ? this.#drawOptions() : '', isBlank ? '' : note)
    this.#popup.find('ul').scrollTop(top)
    if (hasOptions) this.#input.attr('aria-controls', this.#id)
    else this.#input.removeAttr('aria-controls')
    this.#input.attr('aria-expanded', String(this.isOpen && hasOptions))
  }

  #drawOptions(): JQuery {
    const { label, several = false } = this.#options
    const list = $('<ul role="listbox"></ul>').attr({ id: this.#id, 'aria-label': label })
    if (several) list.attr('aria-multiselectable', 'true')
    for (const [index, suggestion] of this.#lines.entries()) list.append(this.#line(suggestion, index))
    for (const [index, action] of this.#actions.entries())
      list.append(this.#actionLine(action, this.#lines.length + index))
    return list
  }

  /** Arrow keys reach it as they reach a suggestion: the focus never leaves the input. */
  #actionLine({ label }: ListAction, index: number): JQuery {
    return $('<li role="option" aria-selected="false" class="graph-odata-list-action"></li>')
      .attr('id', `${this.#id}-${index}`)
      .text(label)
      .on('click', () => this.#take(index))
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
    if (detail !== undefined)
      $('<span class="graph-odata-list-detail"></span>').text(detail).attr('title', detail).appendTo(line)
    if (description !== undefined)
      $('<span class="graph-odata-list-description"></span>')
        .text(description)
        .attr('title', description)
        .appendTo(line)
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
    const count = this.#popup.find('li').length
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
    if (suggestion === undefined) {
      this.#actions[index - this.#lines.length]?.run()
      return
    }
    if (this.#options.several !== true) this.close()
    this.#options.pick(suggestion)
    if (this.#options.several === true) void this.#ask(true)
  }
}

/** Where the active line has got to, or the first of those that were asked for; -1 where there is none. */
function activeAfter(
  before: { lines: readonly Suggestion[]; actions: readonly ListAction[]; active: number },
  lines: readonly Suggestion[],
): number {
  const { active } = before
  const value = before.lines[active]?.value
  if (value !== undefined) return lines.findIndex((line) => line.value === value)
  const grew = before.actions[active - before.lines.length]?.grows === true
  return grew && lines.length > before.lines.length ? before.lines.length : -1
}
