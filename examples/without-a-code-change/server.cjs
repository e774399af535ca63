// A service that logs with winston and contains no code for Events. The variables in manifest.yaml add the transport.
const { createServer } = require('node:http');
const winston = require('winston');

const { PORT = '8080' } = process.env;

const logger = winston.createLogger({
  format: winston.format.simple(),
  transports: [new winston.transports.Console()],
});

const server = createServer((request, response) => {
  response.statusCode = request.url === '/healthz' ? 200 : 404;
  if (response.statusCode === 404) logger.warn(`there is no page ${request.url}`);
  response.end();
});
server.listen(Number(PORT), () => logger.info(`listening on port ${server.address().port}`));
process.once('SIGTERM', () => server.close());
