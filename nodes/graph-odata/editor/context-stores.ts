export interface ContextStores {
  readonly default: string
  readonly stores: readonly string[]
}

export interface StoreChoice {
  /** Blank: the default one. */
  readonly value: string
  readonly kind: 'default' | 'named' | 'missing'
  readonly name: string
}

/**
 * The context stores to choose from, Node-RED's default first. The default one is stored as a blank, so that the
 * flow works on a Node-RED that names it differently; a store that was chosen elsewhere stays to be seen.
 */
export function storeChoices({ default: standard, stores }: ContextStores, chosen: string): StoreChoice[] {
  const others = stores.filter((name) => name !== standard || name === chosen).sort()
  const missing = chosen !== '' && !stores.includes(chosen)
  return [
    { value: '', kind: 'default', name: standard },
    ...others.map((name): StoreChoice => ({ value: name, kind: 'named', name })),
    ...(missing ? [{ value: chosen, kind: 'missing', name: chosen } as const] : []),
  ]
}

/** What the editor knows of the runtime's `contextStorage`; the editor's types do not know it. */
export function contextStores(): ContextStores {
  const context: unknown = Reflect.get(RED.settings, 'context')
  if (typeof context !== 'object' || context === null) return { default: 'memory', stores: ['memory'] }
  const stores: unknown = Reflect.get(context, 'stores')
  return {
    default: String(Reflect.get(context, 'default')),
    stores: Array.isArray(stores) ? stores.map(String) : [],
  }
}
