import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { screenshotPath } from '../../support/browser'

export interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly string[]
}

/** What the dialogs of both nodes have in common. */
export class NodeDialog {
  readonly page: Page
  readonly root: Locator
  readonly #selector: string
  readonly #prefix: string

  constructor(page: Page, root: string, prefix: string) {
    this.page = page
    this.root = page.locator(root)
    this.#selector = root
    this.#prefix = prefix
  }

  field(property: string): Locator {
    return this.page.locator(`#${this.#prefix}-${property}`)
  }

  /** What a person sees of a typed input: Node-RED hides the field itself. */
  typed(property: string): Locator {
    return this.field(property).locator(
      'xpath=following-sibling::div[contains(@class,"red-ui-typedInput-container")]',
    )
  }

  /** Types and chooses as a person would; the names are those of the properties. */
  async enter(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [property, value] of Object.entries(values)) {
      const field = this.field(property)
      const kind = await field.evaluate(kindOf)
      if (kind === 'SELECT') await field.selectOption(value)
      else if (kind === 'TYPED')
        await this.#type(this.typed(property).locator('.red-ui-typedInput-input'), value)
      else await this.#type(field, value)
    }
  }

  async chooseType(property: string, type: string): Promise<void> {
    await this.typed(property).locator('.red-ui-typedInput-type-select').click()
    await this.page.locator(`.red-ui-typedInput-options:visible a[value="${type}"]`).click()
  }

  async unfold(summary: string): Promise<void> {
    const fold = this.root.locator('details > summary', { hasText: summary })
    // What holds something is open from the start.
    if (!(await fold.evaluate(isOpen))) await fold.click()
  }

  async value(property: string): Promise<string> {
    return this.field(property).inputValue()
  }

  /** What a select offers, in words. */
  async options(property: string): Promise<string[]> {
    return this.field(property).locator('option').allTextContents()
  }

  /** The visible rows, by their `data-row`. */
  async rows(): Promise<string[]> {
    const rows = await this.root.locator('[data-row]:visible').all()
    return Promise.all(rows.map(async (row) => (await row.getAttribute('data-row')) ?? ''))
  }

  async isInvalid(property: string): Promise<boolean> {
    const field = this.field(property)
    const typed = this.typed(property)
    const marked = (await typed.count()) > 0 ? typed : field
    return (await marked.getAttribute('class'))?.includes('input-error') ?? false
  }

  async screenshot(name: string): Promise<void> {
    await this.page
      .locator('.red-ui-tray')
      .last()
      .screenshot({ path: screenshotPath(name), animations: 'disabled' })
  }

  /** Violations of WCAG 2.1 A and AA that hinder people, by axe-core. */
  async violations(): Promise<Violation[]> {
    await this.page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
    const found: unknown = await this.page.evaluate(`axe.run(${JSON.stringify(this.#selector)}, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'],
    }).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({
      id, impact, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary),
    })))`)
    return (found as Violation[]).filter(({ impact }) => impact === 'serious' || impact === 'critical')
  }

  /** Texts that are cut off and fields that stick out of the dialog. */
  async cutOff(): Promise<string[]> {
    const found: unknown = await this.page.evaluate(`(() => {
      const root = document.querySelector(${JSON.stringify(this.#selector)})
      const edge = root.getBoundingClientRect().right + 1
      return [...root.querySelectorAll('label, p, button, select, input, code, span')]
        .filter((element) => element.offsetParent !== null)
        .filter((element) => element.getBoundingClientRect().right > edge
          || (['LABEL', 'P', 'BUTTON', 'CODE'].includes(element.tagName) && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0))
        .map((element) => element.outerHTML.slice(0, 120))
    })()`)
    return found as string[]
  }

  async #type(input: Locator, value: string): Promise<void> {
    await input.fill(value)
    await input.dispatchEvent('keyup')
    await input.dispatchEvent('change')
    // As one who goes on to the next field; a list below this one closes.
    await input.blur()
  }
}

/** Runs inside the page. */
function kindOf(element: { readonly tagName: string; readonly type?: string }): string {
  return element.type === 'hidden' ? 'TYPED' : element.tagName
}

/** Runs inside the page. */
function isOpen(summary: {
  readonly parentElement: { hasAttribute(name: string): boolean } | null
}): boolean {
  return summary.parentElement?.hasAttribute('open') === true
}
