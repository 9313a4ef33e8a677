export { consumer } from './consumer';
export { fetchFile } from './fetch-file';
export { transfer } from './transfer';
