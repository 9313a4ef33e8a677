/** The way to Temporal's web page under `ferry up`: who may look at it, and with which values in clear. */
export { OWN_PATH, startGateway, type Gateway, type GatewayOptions } from './gateway';
export { makeLink, type Link } from './link';
