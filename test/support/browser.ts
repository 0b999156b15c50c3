import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names other than this machine's are none of the tests' business.
  '--host-resolver-rules=MAP editor.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

/** A Chromium that was installed on this machine; playwright-core brings none. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM_PATH']
  if (given !== undefined && given !== '') return given
  return usualPlaces().find((path) => existsSync(path))
}

/** Why browser tests cannot run here, or undefined where they can. */
export function noBrowser(): string | undefined {
  return findChromium() === undefined ? 'no Chromium found: install one or set CHROMIUM_PATH' : undefined
}

/** A suite for a real browser; where there is none it is skipped, and its title says why. */
export function describeInBrowser(title: string, body: () => void): void {
  const reason = noBrowser()
  if (reason !== undefined) {
    describe.skip(`${title} (skipped: ${reason})`, body)
    return
  }
  describe(title, function () {
    // A Node-RED and a browser have to start, on machines that may have other work to do.
    this.timeout(60_000)
    this.slow(15_000)
    body()
  })
}

function usualPlaces(): string[] {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    )
  }
  if (process.platform === 'win32') {
    const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map((name) => process.env[name] ?? '')
    const programs = ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe']
    return roots.flatMap((root) => programs.map((program) => join(root, program)))
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return ['/usr/bin', '/usr/local/bin', '/snap/bin'].flatMap((folder) =>
    names.map((name) => join(folder, name)),
  )
}

export interface TestBrowser {
  readonly context: BrowserContext
  /** What went wrong inside the pages: exceptions and errors on their consoles. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** A browser of its own, without a window, cookies or cache of any other. */
export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(noBrowser())
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: FLAGS,
    chromiumSandbox: false,
    headless: true,
    locale: 'en-US',
    viewport: { width: 1280, height: 960 },
  })
  const problems: string[] = []
  context.on('page', (page) => note(page, problems))
  for (const page of context.pages()) note(page, problems)
  return {
    context,
    problems,
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

function note(page: Page, problems: string[]): void {
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message))
  page.on('console', (message) => {
    // Node-RED asks the internet for news; that there is none is not the page's fault.
    if (message.type() === 'error' && !message.text().includes('net::ERR_')) problems.push(message.text())
  })
}

/** Where pictures of the dialogs go, to be looked at by people. */
export function screenshotPath(name: string): string {
  const path = join(
    packageRoot(__dirname),
    'test-output',
    'screenshots',
    `${process.env['NODE_RED'] ?? 'node-red-4'}-${name}.png`,
  )
  mkdirSync(dirname(path), { recursive: true })
  return path
}

function packageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder))
}
