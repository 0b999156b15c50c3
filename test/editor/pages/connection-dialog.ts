import type { Locator, Page } from 'playwright-core'
import { NodeDialog } from './node-dialog'

export class ConnectionDialog extends NodeDialog {
  constructor(page: Page) {
    super(page, '#graph-connection-form', 'node-config-input')
  }

  async redirectUrl(): Promise<string | null> {
    return this.page.locator('#graph-connection-redirect').textContent()
  }

  warning(): Locator {
    return this.page.locator('#graph-connection-insecure')
  }

  headline(): Locator {
    return this.#part('headline')
  }

  details(): Locator {
    return this.#part('details')
  }

  problem(): Locator {
    return this.#part('problem')
  }

  permissions(): Locator {
    return this.#part('permission-list').locator('li')
  }

  signInButton(): Locator {
    return this.#part('sign-in')
  }

  signOutButton(): Locator {
    return this.#part('sign-out')
  }

  acceptButton(): Locator {
    return this.#part('accept')
  }

  /** One of the buttons that the warning offers. */
  wayOut(label: string): Locator {
    return this.warning().getByRole('button', { name: label })
  }

  pasteOffer(): Locator {
    return this.#part('paste')
  }

  userCode(): Locator {
    return this.#part('user-code')
  }

  codeAddress(): Locator {
    return this.#part('code-address')
  }

  codeLeft(): Locator {
    return this.#part('code-left')
  }

  cancelButton(): Locator {
    return this.#part('cancel')
  }

  testButton(): Locator {
    return this.#part('test')
  }

  testResult(): Locator {
    return this.#part('test-result')
  }

  consentResult(): Locator {
    return this.#part('consent-result')
  }

  certificate(part: string): Locator {
    return this.page.locator(`#graph-connection-certificate [data-part="${part}"]`)
  }

  async pasteCertificate(pem: string): Promise<void> {
    await this.certificate('paste').click()
    await this.certificate('text').fill(pem)
    await this.certificate('take').click()
  }

  /** Clicks Admin consent and hands over the window that opens. */
  async startConsent(): Promise<Page> {
    const [popup] = await Promise.all([this.page.waitForEvent('popup'), this.#part('consent').click()])
    return popup
  }

  async paste(code: string): Promise<void> {
    await this.#part('pasted').fill(code)
    await this.#part('paste-button').click()
  }

  /** Clicks Sign in and hands over the window that opens. */
  async startSignIn(): Promise<Page> {
    const [popup] = await Promise.all([this.page.waitForEvent('popup'), this.signInButton().click()])
    return popup
  }

  #part(name: string): Locator {
    return this.page.locator(`#graph-connection-account [data-part="${name}"]`)
  }
}
