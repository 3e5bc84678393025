export default function handler(request, response) {
  response.send(undefined.id);
}
