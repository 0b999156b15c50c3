import { reveal } from '../../shared/editor/form.js'
import { textOf, type EditorNode, type Translate } from '../../shared/editor/red.js'
import { readFile, readPem, type PemContent } from './pem.js'

/** Where one of the two stands: nothing, known to the runtime only, or entered here; removed ones are `''`. */
interface Secret {
  readonly stored: boolean
  readonly entered: string | undefined
}

type Name = 'certificate' | 'privateKey'
const NAMES: readonly Name[] = ['certificate', 'privateKey']

/** Larger than any chain of certificates. */
const MOST = 200_000

/**
 * Certificate and private key, by file or paste. They are bound to no input of the form, because a password input
 * strips the line breaks of a PEM: this control hands them over itself when the dialog is saved.
 */
export class CertificateControl {
  readonly #part = (name: string): JQuery => $(`#graph-connection-certificate [data-part="${name}"]`)
  readonly #text: Translate
  readonly #secrets: Record<Name, Secret>
  readonly #onChange: () => void

  constructor(node: EditorNode, text: Translate, onChange: () => void) {
    this.#text = text
    this.#onChange = onChange
    this.#secrets = { certificate: secretOf(node, 'certificate'), privateKey: secretOf(node, 'privateKey') }
    this.#part('choose').on('click', () => this.#part('file').val('').trigger('click'))
    this.#part('file').on('change', () => {
      // The browser cannot read it: it has gone meanwhile, or is somebody else's.
      this.#load().catch(() => this.#problem({ kind: 'unreadable' }))
    })
    this.#part('paste').on('click', () => this.#openPaste())
    this.#part('take').on('click', () => this.#take(readPem(textOf(this.#part('text').val()))))
    this.#part('leave').on('click', () => this.#closePaste())
    this.#part('remove').on('click', () => this.#remove())
    this.#show()
  }

  /** What the runtime does not know yet; '' for what was removed. */
  entered(): Partial<Record<Name, string>> {
    const known = NAMES.map((name) => [name, this.#secrets[name].entered] as const)
    return Object.fromEntries(known.filter(([, value]) => value !== undefined))
  }

  /** Whether there is anything, here or in the runtime. */
  known(): Record<Name, boolean> {
    const isThere = (name: Name) => ['stored', 'new'].includes(stateOf(this.#secrets[name]))
    return { certificate: isThere('certificate'), privateKey: isThere('privateKey') }
  }

  /** Into the credentials of the node, as the editor does for its own fields. */
  save(node: EditorNode): void {
    if (typeof node['credentials'] !== 'object') Reflect.set(node, 'credentials', { _: {} })
    const credentials = node['credentials']
    if (typeof credentials !== 'object' || credentials === null) return
    for (const [name, value] of Object.entries(this.entered())) {
      Reflect.set(credentials, name, value)
      Reflect.set(credentials, `has_${name}`, value !== '')
    }
  }

  async #load(): Promise<void> {
    const [input] = this.#part('file').get()
    const files = input instanceof HTMLInputElement ? [...(input.files ?? [])] : []
    for (const file of files) {
      if (file.size > MOST) this.#problem({ kind: 'unknown' })
      else this.#take(readFile(new Uint8Array(await file.arrayBuffer())))
    }
  }

  #take(content: PemContent): void {
    this.#problem(content)
    if (content.kind !== 'pem') return
    for (const name of NAMES) {
      if (content[name] !== '') this.#secrets[name] = { ...this.#secrets[name], entered: content[name] }
    }
    this.#closePaste()
    this.#changed()
    if (content.encrypted) $('#node-config-input-passphrase').trigger('focus')
  }

  #remove(): void {
    for (const name of NAMES) {
      const { stored } = this.#secrets[name]
      this.#secrets[name] = { stored, entered: stored ? '' : undefined }
    }
    this.#problem(undefined)
    this.#closePaste()
    this.#changed()
  }

  #changed(): void {
    this.#show()
    this.#onChange()
  }

  #openPaste(): void {
    this.#part('paste-area').prop('hidden', false)
    this.#part('buttons').prop('hidden', true)
    this.#part('text').val('').trigger('focus')
    reveal(this.#part('paste-area'))
  }

  #closePaste(): void {
    if (this.#part('paste-area').prop('hidden') === true) return
    this.#part('text').val('')
    this.#part('paste-area').prop('hidden', true)
    this.#part('buttons').prop('hidden', false)
    this.#part('paste').trigger('focus')
  }

  #show(): void {
    for (const name of NAMES) {
      const state = stateOf(this.#secrets[name])
      this.#part(name)
        .attr('data-state', state)
        .text(this.#text(`certificate.${state}`))
    }
    const known = this.known()
    const some = known.certificate || known.privateKey
    this.#part('remove').prop('hidden', !some)
    for (const name of ['choose', 'paste'] as const)
      this.#part(`${name}-text`).text(this.#text(`certificate.${some ? 'replace' : 'set'}.${name}`))
  }

  #problem(content: PemContent | { readonly kind: 'unreadable' } | undefined): void {
    const kind = content === undefined || content.kind === 'pem' ? undefined : content.kind
    this.#part('problem').prop('hidden', kind === undefined)
    this.#part('problem-text').text(kind === undefined ? '' : this.#text(`certificate.${kind}`))
    const command = kind === 'pkcs12' || kind === 'der' ? this.#text(`certificate.${kind}Command`) : ''
    const line = this.#part('command')
      .empty()
      .prop('hidden', command === '')
    // An option breaks no line behind its hyphen.
    for (const word of command.split(' ')) line.append($('<span></span>').text(word), ' ')
    if (this.#part('paste-area').prop('hidden') !== true) reveal(this.#part('paste-area'))
  }
}

/** What was entered before but not deployed is still in the editor; what is deployed is known by its flag alone. */
function secretOf({ credentials }: EditorNode, name: Name): Secret {
  if (typeof credentials !== 'object' || credentials === null) return { stored: false, entered: undefined }
  const here = textOf(Reflect.get(credentials, name))
  const stored = Reflect.get(credentials, `has_${name}`) === true
  return here === '' || here === '__PWRD__' ? { stored, entered: undefined } : { stored, entered: here }
}

function stateOf({ stored, entered }: Secret): 'none' | 'stored' | 'new' | 'removed' {
  if (entered === undefined) return stored ? 'stored' : 'none'
  return entered === '' ? 'removed' : 'new'
}
