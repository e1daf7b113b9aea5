package io.github.pgha.drills.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The report's pictures, as SVG elements. */
final class Charts {
    private static final Color WRITES = new Color(0x1f77b4);
    private static final Color READS = new Color(0xf2a541);
    private static final Color MOMENT = new Color(0xc0392b);
    private static final int WIDTH = 1000;

    private Charts() {}

    /** Bars: the worst write gap and read gap of each fault. */
    static String gaps(Map<String, List<Run>> faults) {
        CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(420)
                .yAxisTitle("seconds, worst run").build();
        style(chart.getStyler());
        chart.getStyler().setXAxisLabelRotation(45);
        chart.getStyler().setAvailableSpaceFill(0.8);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
        List<String> names = new ArrayList<>(faults.keySet());
        List<Double> writes = names.stream()
                .map(n -> Report.statistics(faults.get(n), r -> r.writes().gap()).worst()).toList();
        List<Double> reads = names.stream()
                .map(n -> Report.statistics(faults.get(n), r -> r.reads().gap()).worst()).toList();
        chart.addSeries("no write acknowledged", names, writes).setFillColor(WRITES);
        chart.addSeries("no read answered", names, reads).setFillColor(READS);
        return svg(chart);
    }

    /** Bars: a figure of each fault, a colour for each settings. */
    static String comparison(List<String> faults, Map<String, List<Double>> seconds) {
        CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(420)
                .yAxisTitle("seconds without an acknowledged write, worst run").build();
        style(chart.getStyler());
        chart.getStyler().setXAxisLabelRotation(45);
        chart.getStyler().setAvailableSpaceFill(0.8);
        chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
        chart.getStyler().setSeriesColors(new Color[] {WRITES, new Color(0x8fbbda), MOMENT});
        seconds.forEach((name, values) -> chart.addSeries(name, faults, values));
        return svg(chart);
    }

    /** Lines: answers a tenth of a second around a fault. */
    static String answers(Run run) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(200).xAxisTitle("seconds since the fault")
                .yAxisTitle("answers / 0.1 s").build();
        style(chart.getStyler());
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setXAxisDecimalPattern("0");
        chart.getStyler().setXAxisTickMarkSpacingHint(80);
        line(chart, "reads", run.reads().perTick(), READS);
        line(chart, "writes", run.writes().perTick(), WRITES);
        int top = Math.max(1, Math.max(max(run.reads().perTick()), max(run.writes().perTick())));
        moment(chart, "broken", 0, top);
        moment(chart, "healed", run.healedAfter(), top);
        return svg(chart);
    }

    private static void line(XYChart chart, String name, List<Integer> perTick, Color color) {
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < perTick.size(); i++) {
            seconds.add(i / 10.0 - Run.LEAD);
        }
        chart.addSeries(name, seconds.isEmpty() ? List.of(0) : seconds, perTick.isEmpty() ? List.of(0) : perTick)
                .setMarker(SeriesMarkers.NONE).setLineColor(color).setLineStyle(new BasicStroke(1.2f));
    }

    private static void moment(XYChart chart, String name, double second, int top) {
        float[] dash = name.equals("broken") ? null : new float[] {5, 4};
        chart.addSeries(name, List.of(second, second), List.of(0, top)).setMarker(SeriesMarkers.NONE)
                .setLineColor(MOMENT)
                .setLineStyle(new BasicStroke(1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, dash, 0));
    }

    private static int max(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    private static void style(AxesChartStyler styler) {
        var font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
        styler.setBaseFont(font);
        styler.setLegendFont(font);
        styler.setAxisTitleFont(font);
        styler.setAxisTickLabelsFont(font);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridVerticalLinesVisible(false);
        // Each dash would be a shape of its own in the file.
        styler.setPlotGridLinesStroke(new BasicStroke(0.5f));
        styler.setLegendBorderColor(Color.WHITE);
        styler.setChartTitleVisible(false);
    }

    private static String svg(Chart<?, ?> chart) {
        var out = new ByteArrayOutputStream();
        try {
            VectorGraphicsEncoder.saveVectorGraphic(chart, out, VectorGraphicsFormat.SVG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String text = out.toString(StandardCharsets.UTF_8);
        // Within a page an SVG is an element without a document's head. Hundredths of a pixel are exact enough.
        return text.substring(text.indexOf("<svg")).replaceAll("(\\d\\.\\d\\d)\\d+", "$1");
    }
}
