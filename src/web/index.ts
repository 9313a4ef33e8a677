/** Access to Temporal's web page under `ferry up`, and the decoding of sealed values for it. */
export { OWN_PATH, startGateway, type Gateway, type GatewayOptions } from './gateway';
export { makeLink, type Link } from './link';
