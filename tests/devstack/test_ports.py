import socket

from django.test import SimpleTestCase

from devstack.errors import DevstackError
from devstack.ports import HOST, check_port_free, is_port_free, pick_free_port


class PortTests(SimpleTestCase):
    def test_a_taken_port_is_refused_in_one_sentence_that_names_the_way_out(self) -> None:
        with socket.create_server((HOST, 0)) as server:
            port = server.getsockname()[1]
            with self.assertRaises(DevstackError) as caught:
                check_port_free(port, variable="PORT")
        sentence = str(caught.exception)
        self.assertIn(f"Port {port} of 127.0.0.1 is already in use", sentence)
        self.assertIn("PORT=<port> make run", sentence)
        self.assertNotIn("\n", sentence)

    def test_a_port_is_free_again_once_its_server_has_closed(self) -> None:
        with socket.create_server((HOST, 0)) as server:
            port = server.getsockname()[1]
            self.assertFalse(is_port_free(port))
        self.assertTrue(is_port_free(port))

    def test_a_number_that_is_no_port_is_refused(self) -> None:
        for port in (0, 65536):
            with self.subTest(port=port), self.assertRaisesRegex(DevstackError, "is not a port"):
                check_port_free(port, variable="PORT")

    def test_a_picked_port_can_be_bound(self) -> None:
        self.assertTrue(is_port_free(pick_free_port()))
