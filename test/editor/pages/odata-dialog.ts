import type { Locator, Page } from 'playwright-core'
import { NodeDialog } from './node-dialog'

export class ODataDialog extends NodeDialog {
  constructor(page: Page) {
    super(page, '#graph-odata-form', 'node-input')
  }

  /** The box that shows the request as it will be sent. */
  preview(): Locator {
    return this.page.locator('#graph-odata-preview')
  }

  /** Method and path of the request as it is shown, without the service's address. */
  async request(): Promise<string> {
    const shown = (await this.preview().textContent()) ?? ''
    return shown.replace('https://graph.microsoft.com/v1.0/', '')
  }

  /** Pastes into a typed input, as from the clipboard. */
  async paste(property: string, text: string): Promise<void> {
    await this.inputOf(property).evaluate(pasteInto, text)
  }

  inputOf(property: string): Locator {
    return this.typed(property).locator('.red-ui-typedInput-input')
  }

  /** The button beside a field that opens its list. */
  pickButton(property: string): Locator {
    return this.page.locator(`#graph-odata-pick-${property}`)
  }

  /** The list that is open. */
  list(): Locator {
    return this.root.locator('.graph-odata-list:visible')
  }

  /** Chooses the line of the open list that begins so. */
  async choose(line: string): Promise<void> {
    const value = this.page.locator('.graph-odata-list-value', { hasText: new RegExp(`^${line}$`, 'u') })
    await this.list().locator('li', { has: value }).first().click()
  }

  /** The line of the open list that brings the next page. */
  more(): Locator {
    return this.list().getByRole('option', { name: 'More', exact: true })
  }

  notice(): Locator {
    return this.page.locator('#graph-odata-entity-hint')
  }

  conflicts(): Locator {
    return this.page.locator('#graph-odata-conflicts p')
  }

  builder(part: string): Locator {
    return this.page.locator(`#graph-odata-filter-builder [data-part="${part}"]`)
  }

  /** What the chosen value of a select means. */
  hint(property: string): Locator {
    return this.page.locator(`#graph-odata-${property}-hint`)
  }

  async chooseOutput(value: 'array' | 'page' | 'item'): Promise<void> {
    await this.page.locator(`input[name="graph-odata-output"][value="${value}"]`).check()
  }

  async output(): Promise<string> {
    return this.page.locator('input[name="graph-odata-output"]:checked').inputValue()
  }

  async addRow(list: 'params' | 'headers', name: string, value: string): Promise<void> {
    const container = this.#list(list)
    await container.locator('.red-ui-editableList-addButton').click()
    const row = container.locator('.graph-odata-row').last()
    await row.locator('.graph-odata-row-name').fill(name)
    await row.locator('.red-ui-typedInput-input').fill(value)
    await row.locator('.red-ui-typedInput-input').dispatchEvent('change')
  }

  async rowsOf(list: 'params' | 'headers'): Promise<[string, string][]> {
    const rows = await this.#list(list).locator('.graph-odata-row').all()
    return Promise.all(
      rows.map(async (row): Promise<[string, string]> => [
        await row.locator('.graph-odata-row-name').inputValue(),
        await row.locator('.red-ui-typedInput-input').inputValue(),
      ]),
    )
  }

  async addConnection(): Promise<void> {
    await this.page.locator('#node-input-btn-connection-add').click()
  }

  #list(list: string): Locator {
    return this.page.locator('.red-ui-editableList', { has: this.page.locator(`#graph-odata-${list}`) })
  }
}

/** Runs inside the page. */
function pasteInto(input: unknown, text: string): void {
  const data = new DataTransfer()
  data.setData('text', text)
  const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
  if ((input as EventTarget).dispatchEvent(event)) (input as { value: string }).value = text
}
