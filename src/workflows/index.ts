export { consumer } from './consumer';
export { fetchFile } from './fetch-file';
export { job } from './job';
export { transfer } from './transfer';
