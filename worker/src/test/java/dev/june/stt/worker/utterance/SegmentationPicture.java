package dev.june.stt.worker.utterance;

import com.google.errorprone.annotations.FormatMethod;
import dev.june.stt.worker.utterance.UtteranceEffect.Ended;
import dev.june.stt.worker.utterance.UtteranceEffect.Opened;
import dev.june.stt.worker.utterance.UtteranceEffect.PartialDue;
import dev.june.stt.worker.utterance.UtteranceEffect.Paused;
import dev.june.stt.worker.utterance.UtteranceEffect.Resumed;
import dev.june.stt.worker.utterance.UtteranceEvent.Heard;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws docs/segmentation.svg: a made-up stretch of speech probabilities, and what the state machine does with it. */
final class SegmentationPicture {
    private static final double LEFT = 20;
    private static final double PIXELS_PER_SECOND = 150;
    private static final double TOP = 50;
    private static final double HEIGHT = 120;
    private static final EndpointRules RULES = Played.RULES;

    private final StringBuilder svg = new StringBuilder();
    private final List<double[]> probabilities = new ArrayList<>();

    /** What happened, and at the end of which window. */
    private record Marked(UtteranceEffect effect, long at) {}

    static String draw() {
        return new SegmentationPicture().picture();
    }

    private String picture() {
        List<Marked> marks = play();
        double width = 2 * LEFT + seconds(position()) * PIXELS_PER_SECOND;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f 345\" font-family=\"sans-serif\" font-size=\"11\">",
                width);
        line("<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>");
        line(
                "<text x=\"%.0f\" y=\"20\" font-size=\"14\" font-weight=\"bold\">From speech probability to utterances</text>",
                LEFT);
        for (Marked mark : marks) {
            if (mark.effect() instanceof Ended ended) {
                box(ended.from(), ended.to(), TOP, HEIGHT, "#e8f1fb");
                box(ended.speechStart(), ended.speechEnd(), TOP, HEIGHT, "#c9e0f7");
            }
        }
        threshold(RULES.enter(), "vadThreshold");
        threshold(RULES.exit(), "vadExitThreshold");
        curve();
        double y = TOP + HEIGHT;
        for (Marked mark : marks) {
            switch (mark.effect()) {
                case Opened(long from) -> {
                    span(from, from + RULES.preRoll(), y + 14, "preRoll");
                    note(mark.at(), y + 76, "opened", "#2e7d32");
                }
                case Paused(long _, long to, var _) -> note(to, y + 92, "decode begins", "#6a4fb3");
                case Resumed() -> note(mark.at(), y + 108, "…and is dropped", "#b3574f");
                case PartialDue(long _, long to) -> note(to, y + 60, "partial", "#777777");
                case Ended ended -> {
                    span(ended.speechEnd(), ended.to(), y + 14, "postRoll");
                    span(ended.speechEnd(), mark.at(), y + 38, "endSilence");
                    note(mark.at(), y + 124, "ended: FINAL", "#c62828");
                }
            }
        }
        caption(
                y + 148,
                "The blue stretch is the utterance's audio, the darker part its speech. The click at the left is too short to be speech;");
        caption(
                y + 162,
                "the pause in the middle is too short to end the utterance, so the decode that began in it is dropped.");
        line("</svg>");
        return svg.toString();
    }

    private void caption(double y, String text) {
        line("<text x=\"%.0f\" y=\"%.0f\" fill=\"#555555\">%s</text>", LEFT, y, text);
    }

    private List<Marked> play() {
        List<Marked> marks = new ArrayList<>();
        UtteranceState state = UtteranceState.initial();
        double[][] story = {
            {1.3, 0.04}, {0.1, 0.6}, {0.7, 0.05}, {0.15, 0.45}, {1.5, 0.93}, {0.42, 0.12}, {0.9, 0.88}, {1.1, 0.06}
        };
        long at = 0;
        double shown = 0.04;
        for (double[] stretch : story) {
            for (long left = Math.round(stretch[0] * 16_000); left > 0; left -= Played.WINDOW) {
                shown += 0.6 * (stretch[1] - shown);
                probabilities.add(new double[] {seconds(at), shown});
                Step step = Endpointing.step(state, new Heard(at, at + Played.WINDOW, shown), RULES);
                at += Played.WINDOW;
                state = step.next();
                for (UtteranceEffect effect : step.effects()) {
                    marks.add(new Marked(effect, at));
                }
            }
        }
        return marks;
    }

    private long position() {
        return (long) probabilities.size() * Played.WINDOW;
    }

    private void curve() {
        StringBuilder points = new StringBuilder();
        for (double[] point : probabilities) {
            points.append(
                    String.format(Locale.ROOT, "%.1f,%.1f ", LEFT + point[0] * PIXELS_PER_SECOND, height(point[1])));
        }
        line(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"#1f4e79\" stroke-width=\"1.5\"/>",
                points.toString().strip());
    }

    private void threshold(double probability, String name) {
        line(
                "<line x1=\"%.0f\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#999999\" stroke-dasharray=\"3 3\"/>",
                LEFT, height(probability), height(probability));
        line(
                "<text x=\"%.0f\" y=\"%.1f\" fill=\"#777777\">%s %s</text>",
                LEFT, height(probability) - 3, name, Double.toString(probability));
    }

    private void box(long from, long to, double y, double height, String colour) {
        line(
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>",
                x(from), y, x(to) - x(from), height, colour);
    }

    private void span(long from, long to, double y, String name) {
        line(
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#333333\" stroke-width=\"3\"/>",
                x(from), x(to), y, y);
        line("<text x=\"%.1f\" y=\"%.1f\">%s</text>", x(from), y + 13, name);
    }

    private void note(long at, double y, String text, String colour) {
        line(
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-dasharray=\"1 2\"/>",
                x(at), x(at), TOP, y, colour);
        line("<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>", x(at) + 3, y, colour, text);
    }

    private static double x(long position) {
        return LEFT + seconds(position) * PIXELS_PER_SECOND;
    }

    private static double height(double probability) {
        return TOP + HEIGHT * (1 - probability);
    }

    private static double seconds(long position) {
        return position / 16_000.0;
    }

    @FormatMethod
    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
