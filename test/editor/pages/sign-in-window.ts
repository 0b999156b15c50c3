import type { Page } from 'playwright-core'

/** The local tenant's sign-in pages, in the window that the dialog opens. */
export class SignInWindow {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async pick(displayName: string): Promise<void> {
    await this.#page.getByRole('button', { name: displayName }).click()
    await this.#acceptIfAsked()
  }

  /** On the page for administrators: the account's button grants at once. */
  async grantAs(displayName: string): Promise<void> {
    await this.#page.getByRole('button', { name: displayName }).click()
  }

  async cancel(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Cancel' }).click()
  }

  /** What the last page shows to be pasted. */
  async shownCode(): Promise<string> {
    const code = this.#page.locator('textarea, code, pre').first()
    return (await code.textContent()) ?? ''
  }

  async closed(): Promise<void> {
    if (!this.#page.isClosed()) await this.#page.waitForEvent('close')
  }

  /** Consent is asked for only the first time; the window may also be gone already. */
  async #acceptIfAsked(): Promise<void> {
    const accept = this.#page.getByRole('button', { name: 'Accept' })
    await accept.click({ timeout: 2000 }).catch(() => undefined)
  }
}
