import { ChangeLog } from '../graph/change-log'
import type { DataSource, Row } from '../graph/rows'
import { Table } from '../graph/table'
import { minutesAgo, Random } from './random'

/** The data of a small service without sign-in: what a connection with the grant `none` reads. */
export function createShop(): DataSource {
  const categories: Row[] = ['Clothing', 'Shoes', 'Accessories'].map((Name, index) => ({
    ID: index + 1,
    Name,
  }))
  const random = new Random('shop')
  const products: Row[] = Array.from({ length: 55 }, (_, index) => ({
    ID: index + 1,
    Name: `${random.pick(['Rain jacket', 'Wool cap', 'Running shoe', 'Rucksack', "Children's boots"])} ${index + 1}`,
    Price: (995 + random.below(20_000)) / 100,
    ReleaseDate: minutesAgo(random.below(1_000_000)),
    Availability: random.pick(['InStock', 'OnOrder', 'Discontinued']),
    SerialNumber: 1_000_000 + index,
    // Not a property of the type: the key that the relation goes by.
    categoryId: 1 + random.below(categories.length),
  }))
  const log = new ChangeLog()
  // Unlike Graph, plain OData lets a client choose the key.
  const table = (rows: Row[]): Table =>
    new Table(log, rows, { key: 'ID', complete: (_, number) => ({ ID: 1000 + number }) })
  const sets = { Products: table(products), Categories: table(categories) }
  return {
    log,
    set: (name) => (name === 'Products' || name === 'Categories' ? sets[name] : undefined),
    relations: {
      'Product/Category': (product) => sets.Categories.byKey(String(product['categoryId'])),
      'Category/Products': (category) => sets.Products.rows((row) => row['categoryId'] === category['ID']),
    },
    atPath: () => undefined,
    stream: () => undefined,
  }
}
